import {
  EventStore,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type LogFilter,
  type LogPage,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type SubscriptionOptions,
} from '../../event-store/event-store.js';
import {
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayWord,
} from '../../gateways/payment-gateway.js';
import { gatewayCallOf } from '../../orchestration/gateway-calls.js';
import { foldPayment } from '../../payments/payment.fold.js';
import { openIntentOf } from '../../payments/payment.totals.js';
import type { Mutation, MutatedParts } from './installation.js';

/**
 * The house without one of its guards, put together wrongly on purpose: a simulation that does not find these is worth
 * nothing. `revision check`: the store appends behind whatever is there. `intent before effect`: the gateway is called
 * first. `unknown is not failed`: whoever hears nothing takes it for a decline.
 */
export const MUTATIONS = {
  'revision check': { store: (store) => new CarelessStore(store) },
  'intent before effect': { store: (store, about) => new HastyStore(store, about) },
  'unknown is not failed': { gateway: (gateway) => new HopelessGateway(gateway) },
} as const satisfies Record<string, Mutation>;

const TIMEOUT_MS = 2_000;

class WrappedStore extends EventStore {
  constructor(protected readonly inner: EventStore) {
    super();
  }

  override logId(): Promise<string> {
    return this.inner.logId();
  }
  override readStream(stream: string, from?: number): Promise<readonly RecordedEvent[]> {
    return this.inner.readStream(stream, from);
  }
  override append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    return this.inner.append(stream, expected, events);
  }
  override readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    return this.inner.readAll(after, limit, filter);
  }
  override subscribeAll(after: Position, options: SubscriptionOptions): AsyncIterable<LogPage> {
    return this.inner.subscribeAll(after, options);
  }
  override head(): Promise<Position> {
    return this.inner.head();
  }
  override countAfter(after: Position, max: number): Promise<number> {
    return this.inner.countAfter(after, max);
  }
  override close(): Promise<void> {
    return this.inner.close();
  }
}

class CarelessStore extends WrappedStore {
  override async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    try {
      return await super.append(stream, expected, events);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
      const last = (await super.readStream(stream)).at(-1);
      if (last === undefined) throw error;
      const { revision, metadata } = last;
      return await this.append(stream, { revision, hash: metadata.hash }, events);
    }
  }
}

class HastyStore extends WrappedStore {
  constructor(
    inner: EventStore,
    private readonly about: MutatedParts,
  ) {
    super(inner);
  }

  override async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const past = await super.readStream(stream);
    const payment = foldPayment([...past, ...events]);
    const open = payment === null ? null : openIntentOf(payment);
    const opened = events.some(({ data }) => data['key'] === open?.key);
    if (payment !== null && open !== null && opened) {
      const gateway = this.about.gateways.find(({ name }) => name === open.gateway);
      await gateway?.send(gatewayCallOf(payment, open), TIMEOUT_MS);
    }
    return await super.append(stream, expected, events);
  }
}

class HopelessGateway extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities;

  constructor(private readonly inner: PaymentGateway) {
    super();
    this.name = inner.name;
    this.capabilities = inner.capabilities;
  }

  override async send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    const answer = await this.inner.send(call, timeoutMs);
    if (answer.outcome !== 'unknown') return answer;
    const { message } = answer;
    return { outcome: 'declined', code: 'generic_decline', message, authorizationGone: false };
  }

  override ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    return this.inner.ask(call, timeoutMs);
  }

  override facts(cursor: string | null, timeoutMs: number) {
    return this.inner.facts(cursor, timeoutMs);
  }
}
