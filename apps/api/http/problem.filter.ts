import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../../libs/platform/logging.js';
import { faultLog } from '../commands/fault-log.js';
import { callContextOf } from './call-context.js';
import { problemOf, sendProblem } from './problems.js';

/** Every error of a hook, a parser or a route leaves as problem+json; what is our fault is logged, an outage now and then. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logUnavailable: ReturnType<typeof faultLog>;

  constructor(private readonly logger: Logger) {
    this.logUnavailable = faultLog(logger);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // A hook of the framework may fail before ours has run.
    request.call ??= callContextOf(request, 0);
    const problem = problemOf(error);
    const { correlationId } = request.call;
    if (problem.status === 503) this.logUnavailable(error, correlationId);
    else if (problem.status >= 500) {
      const route = request.routeOptions.url;
      this.logger.error({ err: error, correlationId, route }, problem.code);
    }
    if (!reply.sent) void sendProblem({ request, reply }, problem);
  }
}
