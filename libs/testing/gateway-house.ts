import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  startGatewaySimulator,
  type GatewaySimulator,
} from '../../apps/gateway-simulator/server.js';
import type { Role } from '../access/role.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import {
  openOrchestration,
  orchestrationVariables,
  type Orchestration,
} from '../orchestration/open-orchestration.js';
import { PaymentCallRunner } from '../orchestration/payment-call-runner.js';
import { loadConfig } from '../platform/config.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { startTestApi, type TestApi } from './api-harness.js';

export const WEBHOOK_SECRET = 'a secret of the specs';

/** An answer of the API. */
export interface HouseAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** One entry of a gateway's books. */
export interface BookEntry {
  readonly gateway: string;
  readonly operation: string;
  readonly key: string;
  readonly amount: number;
  readonly outcome: string;
}

/** The real API, orchestration and simulator over HTTP, around a store in memory; gateways send their webhooks. */
export interface GatewayHouse {
  readonly api: TestApi;
  readonly apiUrl: string;
  readonly store: InMemoryEventStore;
  readonly orchestration: Orchestration;
  readonly simulatorUrl: string;
  call(
    role: Role,
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    body?: object,
  ): Promise<HouseAnswer>;
  /** A payment of 25.00 EUR, automatic. */
  pay(over?: object): Promise<HouseAnswer>;
  steer(method: string, path: string, body?: object): Promise<unknown>;
  booksOf(paymentId: string): Promise<readonly BookEntry[]>;
  close(): Promise<void>;
}

export async function openGatewayHouse(
  gateways: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-house-'));
  const simulator = await startGatewaySimulator({ port: 0, host: '127.0.0.1', dataDir });
  const store = new InMemoryEventStore();
  const orchestration = await openParts(store, simulator.url, { gateways, env });
  const calls = new PaymentCallRunner(orchestration.ports);
  const api = await startTestApi({ store, calls, orchestration, commandsInFlightMax: 512 });
  await api.app.listen(0, '127.0.0.1');
  const apiUrl = await api.app.getUrl();
  const steer = steering(simulator);
  for (const name of gateways) {
    const url = `${apiUrl}/v1/gateways/${name}/webhooks`;
    await steer('PUT', `/${name}/webhooks`, { url, secret: WEBHOOK_SECRET });
  }
  const call = calling(api);
  return {
    api,
    apiUrl,
    store,
    orchestration,
    simulatorUrl: simulator.url,
    call,
    pay: (over = {}) => call('merchant', 'POST', '/v1/payments', { ...PAYMENT, ...over }),
    steer,
    booksOf: async (paymentId) => {
      const { data } = (await steer('GET', `/books/${paymentId}`)) as { data: BookEntry[] };
      return data;
    },
    close: async () => {
      await simulator.close();
      await api.app.close();
      await orchestration.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'automatic',
};

function openParts(
  store: InMemoryEventStore,
  simulatorUrl: string,
  { gateways, env }: { gateways: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<Orchestration> {
  const GATEWAYS = gateways.map((name) => ({
    name,
    adapter: 'simulator',
    url: `${simulatorUrl}/${name}`,
    webhookSecret: WEBHOOK_SECRET,
  }));
  const config = loadConfig(z.object(orchestrationVariables), {
    GATEWAYS: JSON.stringify(GATEWAYS),
    ...env,
  });
  const logger = createLogger('spec', { level: 'silent' });
  return openOrchestration(config, { store, logger, metrics: new Metrics('spec') });
}

function steering(simulator: GatewaySimulator): GatewayHouse['steer'] {
  return async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method, ...(body && { headers, body: JSON.stringify(body) }) };
    const answer = await fetch(simulator.url + path, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.json();
  };
}

function calling(api: TestApi): GatewayHouse['call'] {
  let keys = 0;
  return async (role, method, url, body) => {
    keys += 1;
    const response = await api.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${api.key[role]}`,
        'idempotency-key': `key-${keys}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
}
