import 'reflect-metadata';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** Nest and Fastify with routes that do nothing. */
@Controller()
class NoopController {
  @Get('/ready')
  ready() {
    return { status: 'ready' };
  }

  @Post('/v1/payments')
  create() {
    return { id: 'none', status: 'CAPTURED' };
  }

  @Get('/v1/payments')
  list() {
    return { data: [] };
  }
}

@Module({ controllers: [NoopController] })
class NoopModule {}

const app = await NestFactory.create<NestFastifyApplication>(NoopModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0)); // the bench died
