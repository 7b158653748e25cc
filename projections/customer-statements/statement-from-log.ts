import {
  LOG_START,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { verifyChain } from '../../libs/event-store/hash-chain.js';
import { PAYMENT_STREAM_PREFIX, paymentStream } from '../../libs/payments/payment.stream.js';
import { customerStatements } from './project.js';
import {
  makeStatement,
  openingHash,
  type Movement,
  type Statement,
  type StatementLineKind,
  type StatementRequest,
} from './statement.js';

/** What is wrong with an event behind the statement. */
export interface EventFault {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly message: string;
}

export interface StatementFromLog {
  readonly statement: Statement;
  readonly faults: readonly EventFault[];
  /** Where the log ended; not behind the wanted position where all of it is there. */
  readonly end: Position;
}

export interface WantedStatement {
  readonly request: StatementRequest;
  /** Events behind it came later. */
  readonly position: Position;
  /** Payments to look at whatever customer their events name. */
  readonly paymentIds: ReadonlySet<string>;
  /** Told how many events were read. */
  readonly onEvents: (events: number) => void;
}

const PAGE_MAX = 1_000;
const FILTER = { streamPrefixes: [PAYMENT_STREAM_PREFIX] };

/**
 * The statement as the events give it, read from the log alone; their hash chains are checked on the way. Memory grows
 * with the customer's payments. @throws StoreUnavailable
 */
export async function statementFromLog(
  store: EventStore,
  wanted: WantedStatement,
): Promise<StatementFromLog> {
  const customer = new CustomerEvents(wanted);
  let position = LOG_START;
  for (let atEnd = false; !atEnd && position < wanted.position;) {
    const page = await store.readAll(position, PAGE_MAX, FILTER);
    for (const event of page.events) {
      if (event.position <= wanted.position) customer.take(event);
    }
    wanted.onEvents(page.events.length);
    ({ position, atEnd } = page);
  }
  const log = { logId: await store.logId(), position: wanted.position };
  const { opening, movements } = customer.moved();
  const statement = makeStatement(wanted.request, log, { opening, movements });
  return { statement, faults: customer.faults, end: position };
}

interface Followed {
  state: ReturnType<typeof customerStatements.project>['state'];
  /** The last one. */
  event: RecordedEvent | null;
  folds: boolean;
}

interface Placed extends Movement {
  readonly position: Position;
}

class CustomerEvents {
  readonly faults: EventFault[] = [];
  readonly #streams = new Map<string, Followed>();
  readonly #movements: Placed[] = [];
  readonly #suspects: ReadonlySet<string>;

  constructor(private readonly wanted: WantedStatement) {
    this.#suspects = new Set([...wanted.paymentIds].map(paymentStream));
  }

  take(event: RecordedEvent): void {
    const { stream } = event;
    let followed = this.#streams.get(stream);
    if (followed === undefined) {
      if (!this.#suspects.has(stream) && !this.#beginsTheirs(event)) return;
      followed = { state: null, event: null, folds: true };
      this.#streams.set(stream, followed);
    }
    this.#checkChain(event, followed.event);
    followed.event = event;
    if (followed.folds) this.#fold(event, followed);
  }

  /** In the order of the query, which is that of `at`, then of the log. */
  moved() {
    const { from, to } = this.wanted.request;
    const all = this.#movements
      .filter(({ at }) => to === null || at < to)
      .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    const before = from === null ? [] : all.filter(({ at }) => at < from);
    return {
      opening: {
        amount: before.reduce((sum, { amount }) => sum + amount, 0n),
        events: before.length,
        hash: openingHash(before.map(({ hash }) => hash)),
      },
      movements: all.slice(before.length),
    };
  }

  #checkChain(event: RecordedEvent, before: RecordedEvent | null): void {
    const head = before && { revision: before.revision, hash: before.metadata.hash };
    const fault = verifyChain([event], head ?? 'no stream');
    if (fault === null) return;
    this.#fault(
      event,
      fault.fault === 'other revision'
        ? 'an event before it was removed, or it is out of order'
        : 'it was altered, or the event before it was: its hash is not that of what is stored',
    );
  }

  #fold(event: RecordedEvent, followed: Followed): void {
    try {
      const { state, rows } = customerStatements.project(followed.state, event);
      followed.state = state;
      for (const row of rows) this.#move(event, row);
    } catch (error) {
      followed.folds = false;
      this.#fault(
        event,
        `it does not fold: ${error instanceof Error ? error.message : 'no reason'}`,
      );
    }
  }

  #move(event: RecordedEvent, row: readonly (string | null)[]): void {
    const [position = '', kind, at, paymentId, merchantId, customerId, currency, amount] = row;
    const { request } = this.wanted;
    if (customerId !== request.customerId || currency !== request.currency) return;
    if (request.tenant !== null && merchantId !== request.tenant) return;
    this.#movements.push({
      position: position ?? '',
      at: new Date(at ?? '').toISOString(),
      paymentId: paymentId ?? '',
      revision: event.revision,
      kind: kind as StatementLineKind, // reason: the projection's own words
      amount: BigInt(amount ?? 0),
      hash: event.metadata.hash,
    });
  }

  /** Only the first event of a payment names its customer. */
  #beginsTheirs({ revision, data }: RecordedEvent): boolean {
    return revision === 0 && data['customerId'] === this.wanted.request.customerId;
  }

  #fault({ stream, revision, position }: RecordedEvent, message: string): void {
    this.faults.push({ stream, revision, position, message });
  }
}

function keyOf({ at, position, kind }: Placed): string {
  return `${at} ${position} ${kind}`;
}
