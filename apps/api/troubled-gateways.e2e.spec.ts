import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import type { RoutingRule } from '../../libs/gateways/routing/rules.schema.js';
import {
  openOrchestration,
  orchestrationVariables,
  type Orchestration,
} from '../../libs/orchestration/open-orchestration.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { loadConfig } from '../../libs/platform/config.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';
import { eventually } from '../../libs/testing/eventually.js';
import { startGatewaySimulator } from '../gateway-simulator/server.js';

const COMMANDS_IN_FLIGHT_MAX = 12;
/** A third of the commands, of which one place is kept for questions. */
const SENDS_MAX = 3;
/** What does not fit goes to the other gateway, which has the same bounds. */
const AT_ONCE = 2 * SENDS_MAX;
const HANG_MS = 30_000;
const OPEN_MS = 300;

/** The real API, orchestration and simulator over HTTP; payments of the lane `alpha` prefer that gateway. */
describe('an API among gateways in trouble', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());

  it('a gateway that hangs takes its bulkhead and no more; payments of others do not wait', async () => {
    const authorized = await house.pay('alpha', { capture_method: 'manual' });
    expect(gatewaysOf(authorized)).toEqual(['alpha']);
    await house.faults('alpha', { hang_rate: 1 });
    const startMs = performance.now();

    const answers: Answer[] = [];
    const hanging = Array.from({ length: AT_ONCE }, () =>
      house.pay('alpha').then((answer) => void answers.push(answer)),
    );
    await eventually(() => expect(answers).toHaveLength(AT_ONCE - SENDS_MAX));
    for (const answer of answers) {
      expect([answer.status, answer.body.status]).toEqual([201, 'COMPLETED']);
      expect(gatewaysOf(answer).at(-1)).toBe('bravo');
    }
    for (let payment = 0; payment < 20; payment += 1) {
      const answer = await house.pay('bravo');
      expect([answer.status, ...gatewaysOf(answer)]).toEqual([201, 'bravo']);
    }

    // A payment that only the busy one may take is turned away as well.
    const refused = await house.pay('only-alpha');
    expect([refused.status, refused.body.code]).toEqual([503, 'GATEWAY_UNAVAILABLE']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);

    // What belongs to the one that hangs is turned away before anything is kept, and its key stays free.
    const capture = await house.post(`/v1/payments/${authorized.body.id}/capture`, {});
    expect([capture.status, capture.body.code]).toEqual([503, 'GATEWAY_UNAVAILABLE']);
    expect(Number(capture.headers['retry-after'])).toBeGreaterThan(0);
    expect(capture.body.detail).toContain('has its bulkhead full');
    const { revision } = (await house.store.readStream(`payment-${authorized.body.id}`)).at(-1) ?? {
      revision: -1,
    };
    expect(`"${revision}"`).toBe(authorized.headers['etag']);

    expect(answers).toHaveLength(AT_ONCE - SENDS_MAX);
    expect(performance.now() - startMs).toBeLessThan(HANG_MS / 2);
    expect(await house.metric('purchase', 'shed')).toBe(0); // refused before an intent, never after it

    await house.cutOff();
    await Promise.all(hanging);
    const late = answers.slice(AT_ONCE - SENDS_MAX);
    expect(late.map(({ status }) => status)).toEqual([202, 202, 202]);
  });

  it('a gateway that fails is out of service until it is back, and charges nobody twice', async () => {
    await house.faults('alpha', { drop_after_effect_rate: 1 });
    const unknown: Answer[] = [];
    for (let payment = 0; payment < 5; payment += 1) unknown.push(await house.pay('alpha'));
    for (const answer of unknown) {
      expect([answer.status, answer.body.status]).toEqual([202, 'PROCESSING']);
      expect(gatewaysOf(answer)).toEqual(['alpha']); // an unknown outcome is never taken elsewhere
    }
    const elsewhere = await house.pay('alpha');
    expect([elsewhere.status, ...gatewaysOf(elsewhere)]).toEqual([201, 'bravo']);
    expect(house.describe('alpha')).toMatchObject({ breaker: 'OPEN', health: { score: 0 } });
    expect(house.describe('alpha')?.reason).toContain('breaker is open');

    await house.clear('alpha');
    await eventually(() => expect(house.describe('alpha')?.breaker).toBe('HALF_OPEN'));
    await eventually(async () => {
      await house.pay('alpha');
      expect(house.describe('alpha')?.breaker).toBe('CLOSED');
    });
    const back = await house.pay('alpha');
    expect([back.status, ...gatewaysOf(back)]).toEqual([201, 'alpha']);
  });

  it('without any gateway a payment fails, and can be tried again', async () => {
    await house.faults('alpha', { error_rate: 1 });
    await house.faults('bravo', { error_rate: 1 });
    await eventually(async () => {
      await house.pay('alpha');
      await house.pay('bravo');
      expect(house.describe('alpha')?.breaker).toBe('OPEN');
      expect(house.describe('bravo')?.breaker).toBe('OPEN');
    });
    const failed = await house.pay('alpha');
    expect(failed.status).toBe(201);
    expect(failed.body).toMatchObject({
      status: 'FAILED',
      failure: { code: 'no_gateway_available' },
    });
    await house.clear('alpha');
    await house.clear('bravo');
    await eventually(async () => {
      const retried = await house.post(`/v1/payments/${failed.body.id}/retry`, {});
      expect([retried.status, retried.body.status]).toEqual([200, 'COMPLETED']);
    });
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly id: string;
    readonly status: string;
    readonly code?: string;
    readonly detail?: string;
    readonly attempts?: readonly { readonly gateway: string }[];
  };
}

function gatewaysOf({ body }: Answer): string[] {
  return (body.attempts ?? []).map(({ gateway }) => gateway);
}

type House = Awaited<ReturnType<typeof openHouse>>;

async function openHouse() {
  const dataDir = await mkdtemp(join(tmpdir(), 'troubled-gateways-'));
  const simulator = await startGatewaySimulator({ port: 0, host: '127.0.0.1', dataDir });
  const store = new InMemoryEventStore();
  const metrics = new Metrics('spec');
  const orchestration = await openParts(store, simulator.url, metrics);
  const api = await startTestApi({
    store,
    calls: new PaymentCallRunner(orchestration.ports),
    commandsInFlightMax: COMMANDS_IN_FLIGHT_MAX,
  });
  const steer = async (gateway: string, method: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method, ...(body && { headers, body: JSON.stringify(body) }) };
    const answer = await fetch(`${simulator.url}/${gateway}/faults`, init);
    expect(answer.status).toBe(200);
  };
  let cut: Promise<void> | null = null;
  const cutOff = () => (cut ??= simulator.close());
  const post = poster(api);
  return {
    store,
    post,
    pay: (lane: string, more: object = {}) =>
      post('/v1/payments', { ...PAYMENT, metadata: { lane }, ...more }),
    faults: (gateway: string, faults: object) => steer(gateway, 'PUT', faults),
    clear: (gateway: string) => steer(gateway, 'DELETE'),
    describe: (gateway: string) => orchestration.gateways.describe(gateway),
    metric: (operation: string, outcome: string) => countOf(metrics, operation, outcome),
    cutOff,
    close: async () => {
      await cutOff();
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

async function openParts(
  store: InMemoryEventStore,
  url: string,
  metrics: Metrics,
): Promise<Orchestration> {
  const gateways = ['alpha', 'bravo'].map((name) => ({
    name,
    adapter: 'simulator',
    url: `${url}/${name}`,
  }));
  const config = loadConfig(z.object(orchestrationVariables), {
    GATEWAYS: JSON.stringify(gateways),
    GATEWAY_TIMEOUT_MS: String(HANG_MS),
    CALL_DEADLINE_MS: String(2 * HANG_MS),
    COMMANDS_IN_FLIGHT_MAX: String(COMMANDS_IN_FLIGHT_MAX),
    BREAKER_OPEN_MS: String(OPEN_MS),
    BREAKER_CONSECUTIVE_FAILURES: '5',
    GATEWAY_PROBE_INTERVAL_MS: '100',
  });
  const logger = createLogger('spec', { level: 'silent' });
  const orchestration = await openOrchestration(config, { store, logger, metrics });
  const rules: RoutingRule[] = ['alpha', 'bravo'].map((name) => ({
    id: name,
    when: { metadata: { key: 'lane', equals: name } },
    then: { prefer: [name] },
  }));
  rules.push({
    id: 'only-alpha',
    when: { metadata: { key: 'lane', equals: 'only-alpha' } },
    then: { only: ['alpha'] },
  });
  const by = { actor: 'operator:spec', reason: null, correlationId: 'spec' };
  expect(await orchestration.rules.change({ rules }, by)).toMatchObject({ outcome: 'changed' });
  return orchestration;
}

function poster(api: TestApi) {
  let keys = 0;
  return async (url: string, body: object): Promise<Answer> => {
    keys += 1;
    const response = await api.app.inject({
      method: 'POST',
      url,
      headers: {
        authorization: `Bearer ${api.key.merchant}`,
        'content-type': 'application/json',
        'idempotency-key': `key-${keys}`,
      },
      payload: JSON.stringify(body),
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
}

async function countOf(metrics: Metrics, operation: string, outcome: string): Promise<number> {
  const found = await metrics.registry.getSingleMetric('tillstream_gateway_calls_total')?.get();
  const values = found?.values ?? [];
  return values
    .filter(({ labels }) => labels['operation'] === operation && labels['outcome'] === outcome)
    .reduce((sum, { value }) => sum + value, 0);
}
