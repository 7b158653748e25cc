import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { KeyedHash } from '../../apps/api/commands/installation-secrets.js';
import {
  makeStatement,
  openingHash,
  type StatementRequest,
} from '../../projections/customer-statements/statement.js';
import { createApi, type ApiOptions } from '../../apps/api/create-api.js';
import { Connections } from '../../apps/api/http/connections.js';
import {
  ReadModels,
  type Listed,
  type Page,
  type ReadModelName,
} from '../../apps/api/queries/read-models.js';
import { ApiKeys } from '../access/api-keys.js';
import type { Role } from '../access/role.js';
import type { Position } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import {
  PaymentCalls,
  type CallAnswer,
  type CallRefusal,
  type CallRefusalCode,
  type PaymentCall,
} from '../orchestration/payment-calls.js';
import { foldPayment } from '../payments/payment.fold.js';
import { viewOf, type PaymentView } from '../payments/payment.view.js';
import { SystemClock } from '../platform/clock.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { orchestrationOf } from './orchestration-parts.js';
import { newEvents, purchase } from './payment-log.js';
import { ScriptedGateway } from './scripted-gateway.js';

/** Answers every call as it was told to, and remembers the calls. */
class ScriptedPaymentCalls extends PaymentCalls {
  readonly seen: PaymentCall[] = [];
  answer: (call: PaymentCall) => CallAnswer | Promise<CallAnswer> = decided;

  override async execute(call: PaymentCall): Promise<CallAnswer> {
    this.seen.push(call);
    return this.answer(call);
  }

  get last(): PaymentCall {
    const call = this.seen.at(-1);
    if (call === undefined) throw new Error('no call came');
    return call;
  }
}

/** The status that a decided command has; a dry run shows no event. */
function decided(call: PaymentCall): CallAnswer {
  if (call.dryRun) return { kind: 'dry_run', events: [] };
  const creates = call.request.command === 'create' || call.request.command === 'refund';
  return answered(call, creates ? 201 : 200);
}

export function answered(call: PaymentCall, status: 200 | 201 | 202, replayed = false): CallAnswer {
  const payment = samplePayment(call.paymentId);
  return { kind: 'payment', status, payment, position: SAMPLE_POSITION, replayed };
}

export function refused(code: CallRefusalCode, more: Partial<CallRefusal> = {}): CallRefusal {
  return {
    kind: 'refused',
    code,
    detail: 'It was refused.',
    retryAfterS: null,
    correlationId: null,
    revision: null,
    position: null,
    replayed: false,
    ...more,
  };
}

const SAMPLE_POSITION: Position = '0'.repeat(31) + '7';

function samplePayment(id: string): PaymentView {
  const events = newEvents(purchase({ id })).map((event) => ({
    ...event,
    data: event.data as { readonly [name: string]: unknown },
  }));
  const payment = foldPayment(events);
  if (payment === null) throw new Error('the sample has events');
  return viewOf(payment);
}

/** Empty read models that remember what was asked, and fail as they were told to. */
class ScriptedReadModels extends ReadModels {
  readonly seen: unknown[] = [];
  lagEvents = 0;
  failure: Error | null = null;
  /** What lists of payments hold. */
  items = '';

  override async listPayments(filter: object, page: Page) {
    const { nextCursor } = await this.list<never>(filter, page);
    return { items: this.items, nextCursor };
  }
  override listAudit(filter: object, page: Page) {
    return this.list<never>(filter, page);
  }
  override listReviews(page: Page) {
    return this.list<never>({}, page);
  }
  override reportHistory(filter: object, page: Page) {
    return this.list<never>(filter, page);
  }
  override async reportStatement(request: StatementRequest) {
    this.note(request);
    const log = { logId: 'log_0123456789ab', position: SAMPLE_POSITION };
    const opening = { amount: 0n, events: 0, hash: openingHash([]) };
    return makeStatement(request, log, { opening, movements: [] });
  }
  override async listProjections() {
    this.note({});
    const state = 'live' as const;
    const lag = { lag_events: this.lagEvents, lag_seconds: 0 };
    return [{ name: 'audit-trail', position: SAMPLE_POSITION, ...lag, version: 1, state }];
  }
  override async listDelays() {
    this.note({});
    return [{ name: 'audit-trail', lag_seconds: 0 }];
  }
  override async waitFor(_name: ReadModelName, _position: Position) {
    if (this.lagEvents === 0) return { kind: 'ok' as const };
    return { kind: 'behind' as const, lagEvents: this.lagEvents };
  }

  private async list<Row>(filter: object, page: Page): Promise<Listed<Row>> {
    this.note({ ...filter, ...page });
    return { data: [], nextCursor: null };
  }

  private note(asked: object): void {
    if (this.failure !== null) throw this.failure;
    this.seen.push(asked);
  }
}

/** An API on fakes, with a key for each role and for a second merchant. */
export interface TestApi {
  readonly app: NestFastifyApplication;
  readonly store: InMemoryEventStore;
  readonly calls: ScriptedPaymentCalls;
  readonly readModels: ScriptedReadModels;
  readonly keys: ApiKeys;
  readonly key: Readonly<Record<Role | 'merchant_2', string>>;
  readonly logId: string;
  /** Everything that was logged. */
  readonly log: () => string;
}

export async function startTestApi(options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const store = options.store ?? new InMemoryEventStore();
  const calls = new ScriptedPaymentCalls();
  const readModels = new ScriptedReadModels();
  const clock = new SystemClock();
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const app = await createApi({
    store,
    logId: await store.logId(),
    calls,
    orchestration: orchestrationOf(store, [new ScriptedGateway('alpha')]),
    readModels,
    keyedHash: new KeyedHash('k1', Buffer.alloc(32, 1)),
    clock,
    commandsInFlightMax: 10,
    logger: createLogger('api', { level: 'trace', destination }),
    metrics: new Metrics('api'),
    rateLimitPerSecond: null,
    inFlightPerKeyMax: null,
    requestTimeoutMs: 1_000,
    stillTimeoutMs: 30_000,
    health: null,
    connections: new Connections(),
    ...options,
  });
  const keys = new ApiKeys(store, clock);
  const names = ['merchant', 'merchant_2', 'analyst', 'auditor', 'operator', 'admin'] as const;
  const issued = await Promise.all(names.map(async (name) => [name, await issue(keys, name)]));
  return {
    app,
    // Specs that bring a store of their own don't read it from here.
    store: store as InMemoryEventStore,
    calls,
    readModels,
    keys,
    key: Object.fromEntries(issued) as TestApi['key'], // reason: a key for each name
    logId: await store.logId(),
    log: () => lines.join(''),
  };
}

async function issue(keys: ApiKeys, name: Role | 'merchant_2'): Promise<string> {
  const role = name === 'merchant_2' ? 'merchant' : name;
  const merchantId = { merchant: 'mer_one', merchant_2: 'mer_two' }[name as 'merchant'] ?? null;
  const wanted = { role, merchantId, name: null, expiresAt: null, origin: 'local' } as const;
  const by = { actor: 'system:test', correlationId: 'test' };
  const issued = await keys.create(wanted, by);
  if (issued === null) throw new Error('no key was issued');
  return issued.text;
}
