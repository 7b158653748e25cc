import {
  StoreUnavailable,
  type ExpectedHead,
  type NewEvent,
} from '../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { PaymentContinuation } from '../../libs/orchestration/payment-continuation.js';
import { openPool } from '../../libs/platform/postgres.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';
import { eventually } from '../../libs/testing/eventually.js';
import { house } from '../../libs/testing/payment-house.js';
import { approval, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { readinessChecks } from './http/readiness.js';
import { PostgresReadModels } from './queries/postgres-read-models.js';

/** Nothing listens on the port of discarded packets. */
const NOBODY = 'postgres://nobody@127.0.0.1:9/nothing';
const GATEWAY_TIMEOUT_MS = 200;
const CALL_DEADLINE_MS = 600;

class StoreThatLeaves extends InMemoryEventStore {
  away = false;

  override async readStream(stream: string, from?: number) {
    this.#reach();
    return await super.readStream(stream, from);
  }

  override async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]) {
    this.#reach();
    return await super.append(stream, expected, events);
  }

  override async head() {
    this.#reach();
    return await super.head();
  }

  #reach(): void {
    if (this.away) throw new StoreUnavailable('away');
  }
}

describe('what still works while something is away', () => {
  const pool = openPool({
    databaseUrl: NOBODY,
    applicationName: 'spec',
    onIdleError: () => undefined,
  });
  let store: StoreThatLeaves;
  let alpha: ScriptedGateway;
  let api: TestApi;
  let continuation: PaymentContinuation;

  beforeEach(async () => {
    store = new StoreThatLeaves();
    alpha = new ScriptedGateway('alpha');
    const base = house([alpha], {
      gatewayTimeoutMs: GATEWAY_TIMEOUT_MS,
      callDeadlineMs: CALL_DEADLINE_MS,
    });
    const ports = { ...base.ports, store };
    continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 500 });
    const readModels = new PostgresReadModels(pool, store);
    api = await startTestApi({
      store,
      calls: new PaymentCallRunner(ports),
      readModels,
      health: { readiness: readinessChecks({ store, readModels, lagMaxS: 30 }) },
    });
  });
  afterEach(() => api.app.close());
  afterAll(() => pool.end());

  const pay = (key: string) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/payments',
      headers: {
        authorization: `Bearer ${api.key.merchant}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      payload: JSON.stringify({
        amount: 2500,
        currency: 'EUR',
        payment_method: { type: 'card', token: 'tok_approve' },
        capture_method: 'automatic',
      }),
    });
  const get = (url: string, role: 'merchant' | 'operator' = 'merchant') =>
    api.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${api.key[role]}` } });

  it('read models away: payments are taken and read, lists and reports answer 503', async () => {
    const paid = await pay('k1');
    expect([paid.statusCode, paid.json<{ status: string }>().status]).toEqual([201, 'COMPLETED']);
    const { id } = paid.json<{ id: string }>();
    for (const path of [`/v1/payments/${id}`, `/v1/payments/${id}/events`]) {
      expect((await get(path)).statusCode).toBe(200);
    }
    for (const path of ['/v1/payments', '/v1/projections', '/v1/audit']) {
      const answer = await get(path, 'operator');
      expect([path, answer.statusCode]).toEqual([path, 503]);
      expect(answer.headers['retry-after']).toBeDefined();
    }
    expect((await get('/health/live')).statusCode).toBe(200);
    const ready = await get('/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ reasons: [{ name: 'read models' }] });
  });

  it('event store away: 503, nothing is sent, and the same key works once it is back', async () => {
    await get('/v1/payments/pay_0'); // the key is remembered from here on
    store.away = true;
    const refused = await pay('k1');
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(refused.headers['retry-after']).toBeDefined();
    expect(alpha.sends).toHaveLength(0);
    expect((await get('/health/live')).statusCode).toBe(200);
    store.away = false;
    expect((await pay('k1')).statusCode).toBe(201);
    expect(alpha.books).toHaveLength(1);
  });

  it('event store gone while the gateway charged: 503, then asked for, charged once', async () => {
    alpha.script((sent) => {
      store.away = true;
      return approval(sent);
    });
    const lost = await pay('k1');
    expect(lost.statusCode).toBe(503);
    expect(lost.json()).toMatchObject({ code: 'CALL_DEADLINE_EXCEEDED' });
    store.away = false;
    const { paymentId } = alpha.sends[0] ?? { paymentId: '' };
    // What the processor does once nothing came for a while.
    await eventually(async () => {
      const stored = await store.readStream(`payment-${paymentId}`);
      await continuation.continue(paymentId, stored.at(-1)?.revision ?? 0);
      const payment = await get(`/v1/payments/${paymentId}`);
      expect(payment.json()).toMatchObject({ status: 'COMPLETED', amount_captured: 2500 });
    });
    const repeat = await pay('k1');
    expect([repeat.statusCode, repeat.headers['idempotency-replayed']]).toEqual([202, 'true']);
    expect(alpha.books).toHaveLength(1);
  });
});
