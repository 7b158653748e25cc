import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Authenticator } from '../../libs/access/authenticator.js';
import type { ReadinessCheck } from '../../libs/platform/health.js';
import type { Metrics } from '../../libs/platform/metrics.js';
import { ApiModule, type ApiParts } from './api.module.js';
import { PaymentCommands } from './commands/payment-commands.js';
import { answerBrokenRequests, answerOddRequests } from './http/broken-requests.js';
import type { Connections } from './http/connections.js';
import { Gate } from './http/gate.js';
import { BODY_BYTES_MAX, takeJsonOnly } from './http/json-body.js';
import { MethodTable } from './http/method-table.js';
import { NestLogger } from './http/nest-logger.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RateLimits } from './http/rate-limits.js';
import { countRequests } from './http/request-metrics.js';
import { RequestsInFlight } from './http/requests-in-flight.js';
import { serveHealth } from './http/serve-health.js';
import { serveDescription } from './openapi/serve-description.js';

export interface ApiOptions extends ApiParts {
  readonly metrics: Metrics;
  /** Of every key; null: the default, and none for keys of a local installation. */
  readonly rateLimitPerSecond: number | null;
  /** Requests of one key at once; null: the default, and no bound for keys of a local installation. */
  readonly inFlightPerKeyMax: number | null;
  /** A request that has not arrived whole by then is cut off. */
  readonly requestTimeoutMs: number;
  /** A connection with a request on it is cut off after so long without a byte; longer than any call may take. */
  readonly stillTimeoutMs: number;
  /** null: health and metrics are not served here. */
  readonly health: { readonly readiness: readonly ReadinessCheck[] } | null;
  /** Follows those of this API. */
  readonly connections: Connections;
}

const PATH_PARAMETER_CHARS_MAX = 256;
const HEADER_BYTES_MAX = 16 * 1024;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** How often Node looks for requests that take too long to arrive. */
const CONNECTIONS_CHECK_INTERVAL_MS = 1_000;

/** The application, ready to listen or to be injected into. */
export async function createApi(options: ApiOptions): Promise<NestFastifyApplication> {
  const { logger, metrics, clock } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: options.requestTimeoutMs,
    // Answers that nobody reads would be kept for as long as their connections, which cost a client nothing.
    connectionTimeout: options.stillTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      // Checked by the gate, which answers with a problem.
      requireHostHeader: false,
      headersTimeout: options.requestTimeoutMs,
      connectionsCheckingInterval: CONNECTIONS_CHECK_INTERVAL_MS,
    },
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    // Requests on open connections are answered while the process ends.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ...answerBrokenRequests,
  });
  const methods = new MethodTable();
  // The adapter's own type hides its instance's.
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRoute', (route) => methods.remember(route.method, route.url));
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(options), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  takeJsonOnly(fastify);
  fastify.decorateRequest('call');
  const limits = {
    rate: new RateLimits(options.rateLimitPerSecond),
    inFlight: new RequestsInFlight(options.inFlightPerKeyMax),
  };
  const gate = new Gate(app.get(Authenticator), limits, clock, methods);
  fastify.addHook('onRequest', gate.onRequest);
  countRequests(fastify, metrics, { clock, logger });
  options.connections.follow(fastify);
  serveDescription(fastify);
  if (options.health !== null) serveHealth(fastify, { ...options.health, metrics });
  app.useGlobalFilters(new ProblemFilter(logger));
  watchCommands(metrics, app.get(PaymentCommands));
  answerOddRequests(fastify.server);
  await app.init();
  await fastify.ready();
  return app;
}

function watchCommands(metrics: Metrics, commands: PaymentCommands): void {
  const help = 'Commands that run now; above COMMANDS_IN_FLIGHT_MAX they are turned away.';
  metrics.gauge({ name: 'commands_in_flight', help }, (gauge) => gauge.set(commands.running));
}
