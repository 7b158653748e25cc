import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { type ReadinessCheck, readinessOf } from '../../libs/platform/health.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { factAnswer } from './answers.js';
import { registerActionRoute } from './actions.route.js';
import { registerAskRoute } from './ask.route.js';
import type { WebhookEndpoint } from './books.js';
import { registerBooksRoutes } from './books.route.js';
import { registerDisputeRoutes } from './disputes.route.js';
import { registerFactsRoute } from './facts.route.js';
import type { Faults } from './faults.js';
import { registerFaultsRoutes } from './faults.route.js';
import { registerOperationRoutes } from './operations.route.js';
import { factIdOf } from './references.js';
import type { ServerParts } from './server-parts.js';
import { Simulator } from './simulator.js';
import { WebhookSender } from './webhook-sender.js';
import { registerWebhookRoutes } from './webhooks.route.js';

const BODY_MAX_BYTES = 65_536;
const PARAMETER_LENGTH_MAX = 256;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

export interface GatewaySimulatorOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Holds `books.jsonl`; made where it is missing. */
  readonly dataDir: string;
  /** Under which customers' browsers reach it; the Host header of the call where unset. */
  readonly publicUrl?: string | undefined;
  /** The books can't be written any more: the process must end. Nothing is acknowledged from then on. */
  readonly onFailure?: (error: Error) => void;
  /** Where gateways send their webhooks, unless a call has set or ended them. */
  readonly webhooks?: Readonly<Record<string, WebhookEndpoint>> | undefined;
  /** What gateways begin with. */
  readonly faults?: Readonly<Record<string, Faults>> | undefined;
  /** From 0 to below 1; decides whether a fault hits. */
  readonly random?: () => number;
}

export interface GatewaySimulator {
  /** `http://host:port`, no slash behind. A gateway is `${url}/${name}`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Replays the books, then listens. @throws JournalCorruptError, CorruptBooksError, and EADDRINUSE and its like */
export async function startGatewaySimulator(
  options: GatewaySimulatorOptions,
): Promise<GatewaySimulator> {
  let failure: Error | null = null;
  const simulator = await Simulator.open({
    dataDir: options.dataDir,
    now: Date.now,
    onFailure: (error) => {
      failure = error;
      options.onFailure?.(error);
    },
    onFact: (gateway, fact, place) => {
      const told = factAnswer(fact, factIdOf(fact, place));
      webhooks.send(gateway, told);
    },
  });
  for (const [gateway, faults] of Object.entries(options.faults ?? {})) {
    simulator.setFaults(gateway, faults, Infinity);
  }
  const metrics = new Metrics('gateway-simulator');
  const webhooks = senderOf(simulator, metrics, options);
  const app = newServer();
  registerRoutes(app, { ...partsOf(simulator, metrics, options), webhooks });
  registerHealth(app, metrics, {
    name: 'books',
    check: () => (failure === null ? null : 'can not be written'),
  });
  try {
    const url = await app.listen({ port: options.port, host: options.host });
    simulator.start();
    return {
      url,
      close: async () => {
        await app.close();
        await webhooks.close();
        await simulator.close();
      },
    };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

function registerRoutes(app: FastifyInstance, parts: ServerParts): void {
  registerOperationRoutes(app, parts);
  registerAskRoute(app, parts);
  registerActionRoute(app, parts);
  registerFactsRoute(app, parts);
  registerFaultsRoutes(app, parts);
  registerDisputeRoutes(app, parts);
  registerBooksRoutes(app, parts);
  registerWebhookRoutes(app, parts);
}

function partsOf(
  simulator: Simulator,
  metrics: Metrics,
  options: GatewaySimulatorOptions,
): Omit<ServerParts, 'webhooks'> {
  const calls = metrics.counter({
    name: 'gateway_simulator_calls_total',
    help: 'Calls that reached the books, by operation.',
    labels: ['operation', 'outcome'],
  });
  metrics.gauge({ name: 'gateway_simulator_effects', help: 'Entries in the books.' }, (gauge) =>
    gauge.set(simulator.books.effects.length),
  );
  return {
    simulator,
    random: options.random ?? Math.random,
    now: Date.now,
    baseUrlOf: (request) => options.publicUrl ?? `http://${request.host}`,
    countCall: (operation, outcome) => calls.inc({ operation, outcome }),
  };
}

function senderOf(
  simulator: Simulator,
  metrics: Metrics,
  options: GatewaySimulatorOptions,
): WebhookSender {
  const tries = metrics.counter({
    name: 'gateway_simulator_webhooks_total',
    help: 'Tries to deliver a webhook.',
    labels: ['outcome'],
  });
  return new WebhookSender({
    endpointOf: (gateway) => {
      const set = simulator.webhooks(gateway);
      return set === undefined ? (options.webhooks?.[gateway] ?? null) : set;
    },
    faultsOf: (gateway) => simulator.faults(gateway),
    random: options.random ?? Math.random,
    now: Date.now,
    count: (outcome) => tries.inc({ outcome }),
  });
}

function newServer(): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_MAX_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // Calls that hang on purpose would keep the server open for ever.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parseJson(request, String(body), done);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: 'no_such_route', message: 'there is no such route.' } }),
  );
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    const known = status >= 400 && status < 500;
    return reply.code(known ? status : 500).send({
      error: known
        ? { code: 'invalid_request', message: 'the request can not be read.' }
        : { code: 'internal', message: 'something went wrong' },
    });
  });
  return app;
}

function registerHealth(app: FastifyInstance, metrics: Metrics, check: ReadinessCheck): void {
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const report = await readinessOf([check]);
    return reply.code(report.status === 'ready' ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
