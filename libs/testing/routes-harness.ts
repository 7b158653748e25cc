import type { Response } from 'light-my-request';
import { WHO_MAY, type OperationId } from '../../apps/api/access-table.js';
import { ROUTES } from '../../apps/api/routes/routes.js';
import type { Role } from '../access/role.js';
import {
  StoreUnavailable,
  WrongRevision,
  type ExpectedHead,
  type NewEvent,
} from '../event-store/event-store.js';
import { headOf } from '../event-store/hash-chain.js';
import { PaymentCallRunner } from '../orchestration/payment-call-runner.js';
import { paymentStream } from '../payments/payment.stream.js';
import { startTestApi, type TestApi } from './api-harness.js';
import { PAYMENT } from './api-posts.js';
import { AwayStore } from './away-store.js';
import { DESCRIPTION, operationCalled } from './described-api/described-installation.js';
import { judgeOf, type Answer } from './described-api/judging.js';
import { orchestrationOf } from './orchestration-parts.js';
import { newEvents } from './payment-log.js';
import { DECLINED, ScriptedGateway } from './scripted-gateway.js';

export const NO_PAYMENT = `pay_${'0'.repeat(32)}`;
const ABOVE_REVIEW = 1_000_000;

/** A store that can be away, and in which keys are always changed by others. */
class TroubledStore extends AwayStore {
  contended = false;

  override async append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]) {
    if (this.away) throw new StoreUnavailable('away');
    if (this.contended) throw new WrongRevision(stream, 0, 1);
    return super.append(stream, expected, events);
  }
}

interface Sent {
  /** To a route that takes no body. */
  readonly payload?: string;
  readonly id?: string;
  /** Of a gateway. */
  readonly name?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly key?: string | null;
  readonly role?: Role;
  readonly headers?: Record<string, string>;
  readonly by?: TestApi;
}

/** Every route by its operation: real decisions on a store in memory, and a gateway that does as it is told. */
export interface RoutesHarness extends Payments {
  readonly store: TroubledStore;
  readonly alpha: ScriptedGateway;
  /** Filled before the first spec. */
  readonly api: TestApi;
  /** One that takes a call a second. */
  readonly limited: TestApi;
  /** As `operation status`. */
  readonly reached: Set<string>;
  readonly newKey: () => string;
  readonly send: Send;
}

/** Sends and remembers what came; fails unless it is the status that was meant, answered as described. */
type Send = (operation: OperationId, status: number, sent?: Sent) => Promise<Response>;

/** For the specs of one `describe`. */
export function routesHarness(): RoutesHarness {
  const store = new TroubledStore();
  const alpha = new ScriptedGateway('alpha');
  const reached = new Set<string>();
  // reason: no spec runs before they are filled
  const [api, limited] = [{} as TestApi, {} as TestApi];
  let keys = 0;
  const newKey = () => `key-${++keys}`;

  beforeAll(async () => {
    const limits = { reviewAbove: BigInt(ABOVE_REVIEW) - 1n };
    const orchestration = orchestrationOf(store, [alpha], limits);
    const calls = new PaymentCallRunner(orchestration.ports);
    Object.assign(api, await startTestApi({ store, calls, orchestration }));
    Object.assign(limited, await startTestApi({ rateLimitPerSecond: 1 }));
  });
  afterAll(async () => {
    await api.app.close();
    await limited.app.close();
  });

  const send = sending({ api, reached, newKey });
  const payments = paymentsBy({ send, store, alpha });
  return { store, alpha, api, limited, reached, newKey, send, ...payments };
}

function sending({
  api,
  reached,
  newKey,
}: Pick<RoutesHarness, 'api' | 'reached' | 'newKey'>): Send {
  const judge = judgeOf(DESCRIPTION);
  return async (operation, status, sent = {}) => {
    const { spec } = ROUTES.find((route) => route.spec.operation === operation)!;
    const { body = {}, by = api } = sent;
    const role = sent.role ?? WHO_MAY[operation][0] ?? 'admin';
    const key = sent.key === undefined ? newKey() : sent.key;
    const response = await by.app.inject({
      method: spec.method,
      url:
        spec.path.replace(':id', sent.id ?? NO_PAYMENT).replace(':name', sent.name ?? 'alpha') +
        (sent.query ?? ''),
      headers: {
        authorization: `Bearer ${by.key[role]}`,
        ...(spec.body !== null && { 'content-type': 'application/json' }),
        ...(key !== null && { 'idempotency-key': key }),
        ...sent.headers,
      },
      ...(sent.payload !== undefined && { payload: sent.payload }),
      ...(spec.body !== null && {
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    });
    if (response.statusCode !== status) {
      throw new Error(`${operation} answered ${response.statusCode}: ${response.body}`);
    }
    // reason: numbers among the headers read as texts do
    const headers = response.headers as Answer['headers'];
    const answer = { status, headers, text: response.body };
    const complaints = judge(operationCalled(operation), answer);
    if (complaints.length > 0) throw new Error(`${operation} ${status}: ${complaints.join('; ')}`);
    reached.add(`${operation} ${status}`);
    return response;
  };
}

/** Payments that came as far as their names say; each gives its id. */
interface Payments {
  readonly create: (over?: object, status?: number) => Promise<string>;
  readonly authorized: () => Promise<string>;
  readonly purchased: () => Promise<string>;
  readonly underReview: () => Promise<string>;
  readonly cancelled: () => Promise<string>;
  readonly failed: () => Promise<string>;
  /** Authorized, with an alarm of risk since. */
  readonly alarmed: () => Promise<string>;
}

function paymentsBy({
  send,
  store,
  alpha,
}: Pick<RoutesHarness, 'send' | 'store' | 'alpha'>): Payments {
  const create = async (over: object = {}, status = 201) => {
    const response = await send('createPayment', status, { body: paymentBody(over) });
    return (response.json() as { id: string }).id;
  };
  const authorized = () => create();
  return {
    create,
    authorized,
    purchased: () => create({ capture_method: 'automatic' }),
    underReview: () => create({ amount: ABOVE_REVIEW }, 202),
    cancelled: async () => {
      const id = await authorized();
      await send('cancelPayment', 200, { id });
      return id;
    },
    failed: () => {
      alpha.script(DECLINED);
      return create();
    },
    alarmed: async () => {
      const id = await authorized();
      const last = (await store.readStream(paymentStream(id))).at(-1)!;
      const data = { origin: 'AUTHORIZED', reasons: [] } as const;
      const events = newEvents([{ type: 'ReviewRequested', data }], new Date().toISOString());
      await store.append(paymentStream(id), headOf(last), events);
      return id;
    },
  };
}

/** Of a payment that is authorized only. */
export function paymentBody(over: object = {}): object {
  return { ...PAYMENT, capture_method: 'manual', ...over };
}
