import {
  OutcomeUnknown,
  StoreUnavailable,
  type Appended,
  type ExpectedHead,
  type JsonObject,
  type NewEvent,
  type RecordedEvent,
  type StreamHead,
} from '../event-store/event-store.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { atRest, evolveRecorded } from '../payments/payment.evolve.js';
import { foldPayment } from '../payments/payment.fold.js';
import type { Payment } from '../payments/payment.state.js';
import { paymentStream } from '../payments/payment.stream.js';
import { EVENT_VERSIONS } from '../payments/payment.upcasters.js';
import type { OrchestrationPorts } from './orchestration.js';

/** The call that an append's first event opens. `requestHash` null: the client gave no key. */
export interface OpeningCall {
  readonly keyHash: string;
  readonly requestHash: string | null;
}

/** A payment as its stream ends, without the stream. */
export interface KnownPayment {
  readonly payment: Payment;
  readonly head: StreamHead;
  readonly lastEventId: string;
  /** Key hashes of all calls that stand in the stream. */
  readonly calls: readonly string[];
}

/** While it is made. */
type EventMarks = { -readonly [Name in keyof NewEvent['metadata']]: NewEvent['metadata'][Name] };

interface PendingEvent {
  readonly event: PaymentEvent;
  readonly at: string;
  readonly actor: string;
  readonly opening: OpeningCall | null;
}

/** The call's time ran out before an append was known to be stored. */
export class AppendDeadlineExceeded extends Error {
  readonly code = 'APPEND_DEADLINE_EXCEEDED';
}

const FIRST_PAUSE_MS = 20;
const PAUSE_MAX_MS = 500;

/**
 * One payment in hand: what its stream says, and what was decided since but not appended yet. Decisions gather until an
 * effect or rest needs them durable, so that an intent and all that led to it are one append.
 */
export class PaymentWork {
  readonly paymentId: string;
  readonly #ports: WorkPorts;
  readonly #correlationId: string;
  #head: ExpectedHead;
  #payment: Payment | null;
  #causationId: string;
  #calls: readonly string[];
  #proven: boolean;
  #pending: PendingEvent[] = [];

  private constructor(ports: WorkPorts, about: WorkAbout, begin: Beginning) {
    const { known } = begin;
    this.paymentId = about.paymentId;
    this.#ports = ports;
    this.#correlationId = about.correlationId;
    this.#head = known?.head ?? 'no stream';
    this.#payment = known?.payment ?? null;
    this.#causationId = known?.lastEventId ?? about.correlationId;
    this.#calls = known?.calls ?? [];
    this.#proven = begin.proven;
  }

  /** @throws StoreUnavailable */
  static async load(
    ports: WorkPorts,
    about: WorkAbout,
  ): Promise<{ work: PaymentWork; events: readonly RecordedEvent[] }> {
    const events = await ports.store.readStream(paymentStream(about.paymentId));
    const known = knownOf(events);
    return { work: new PaymentWork(ports, about, { known, proven: known !== null }), events };
  }

  /** A payment of which nothing is stored, as its first append will find out. */
  static ofNew(ports: WorkPorts, about: WorkAbout): PaymentWork {
    return new PaymentWork(ports, about, { known: null, proven: false });
  }

  /** A payment as it was known last: its first append finds out whether it still is so. */
  static ofKnown(ports: WorkPorts, about: WorkAbout, known: KnownPayment): PaymentWork {
    return new PaymentWork(ports, about, { known, proven: false });
  }

  /** The same payment as its stream ends by now, without what is pending here. @throws StoreUnavailable */
  async reloaded(): Promise<PaymentWork> {
    const about = { paymentId: this.paymentId, correlationId: this.#correlationId };
    return (await PaymentWork.load(this.#ports, about)).work;
  }

  /** What is known of it now; null while something is not appended yet. */
  get known(): KnownPayment | null {
    const payment = this.#payment;
    const head = this.#head;
    if (payment === null || head === 'no stream' || this.hasPending) return null;
    return { payment, head, lastEventId: this.#causationId, calls: this.#calls };
  }

  /** With all that is decided so far, appended or not. */
  get payment(): Payment | null {
    return this.#payment;
  }

  /** Its stream was read, or took an append of this work: it is as the log has it. */
  get isProven(): boolean {
    return this.#proven;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** The revision that the first pending event will have. */
  get firstPendingRevision(): number {
    return this.#head === 'no stream' ? 0 : this.#head.revision + 1;
  }

  get pendingEvents(): readonly PaymentEvent[] {
    return this.#pending.map(({ event }) => event);
  }

  /** Never before the stream's last event: `metadata.at` does not run backwards. */
  now(): string {
    const now = this.#ports.clock.now();
    return this.#payment !== null && this.#payment.updatedAt > now ? this.#payment.updatedAt : now;
  }

  /** Takes decided events in; `opening` is the call that the first of them opens. */
  add(
    events: readonly PaymentEvent[],
    by: { readonly at: string; readonly actor: string; readonly opening?: OpeningCall | null },
  ): void {
    events.forEach((event, index) => {
      const opening = index === 0 ? (by.opening ?? null) : null;
      this.#pending.push({ event, at: by.at, actor: by.actor, opening });
      const recorded = { at: by.at, call: opening?.keyHash };
      this.#payment = evolveRecorded(this.#payment, event, recorded);
    });
  }

  /**
   * Appends what is pending as one batch; its last event answers the given calls. A batch whose outcome is unknown is
   * appended again, with the same ids, until it is known or `deadlineMs` (monotonic) is over.
   * @throws WrongRevision, ChainBroken, AppendDeadlineExceeded, StoreUnavailable where nothing was proven to be stored
   */
  async commit(answers: readonly string[], deadlineMs: number): Promise<Appended> {
    const batch = this.#batch(answers);
    const appended = await this.#appendUntil(batch, deadlineMs);
    this.#head = { revision: appended.revision, hash: appended.hash };
    this.#proven = true;
    for (const { opening } of this.#pending) {
      if (opening !== null) this.#calls = [...this.#calls, opening.keyHash];
    }
    this.#pending = [];
    this.#causationId = batch.at(-1)?.id ?? this.#causationId;
    const open = this.#payment?.openCall ?? null;
    if (this.#payment !== null && open !== null && answers.includes(open.keyHash)) {
      this.#payment = atRest(this.#payment);
    }
    return appended;
  }

  #batch(answers: readonly string[]): readonly NewEvent[] {
    const correlationId = this.#correlationId;
    const last = this.#pending.length - 1;
    let causationId = this.#causationId;
    return this.#pending.map(({ event, at, actor, opening }, index) => {
      const id = this.#ports.chance.newId();
      const metadata: EventMarks = { at, correlationId, causationId, actor };
      if (opening !== null) {
        metadata.idempotency = opening.keyHash;
        if (opening.requestHash !== null) metadata.requestHash = opening.requestHash;
      }
      if (index === last && answers.length > 0) metadata.answers = answers;
      causationId = id;
      // Event data is JSON as stored by its types; TypeScript can't see an interface as an index signature.
      const data = event.data as unknown as JsonObject;
      return { id, type: event.type, version: EVENT_VERSIONS[event.type], data, metadata };
    });
  }

  async #appendUntil(batch: readonly NewEvent[], deadlineMs: number): Promise<Appended> {
    let pauseMs = FIRST_PAUSE_MS;
    let maybeStored = this.#proven;
    for (;;) {
      try {
        return await this.#ports.store.append(paymentStream(this.paymentId), this.#head, batch);
      } catch (error) {
        const again = error instanceof OutcomeUnknown || error instanceof StoreUnavailable;
        if (!again) throw error;
        maybeStored ||= error instanceof OutcomeUnknown;
        // Nothing of this payment is to be saved: whoever asked is told at once, and comes again.
        if (!maybeStored) throw error;
        if (this.#ports.clock.monotonicMs() + pauseMs > deadlineMs) {
          throw new AppendDeadlineExceeded('the store gave no word in time', { cause: error });
        }
      }
      await this.#ports.clock.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
  }
}

type WorkPorts = Pick<OrchestrationPorts, 'store' | 'clock' | 'chance'>;

/** The payment, and whose events these are. */
interface WorkAbout {
  readonly paymentId: string;
  readonly correlationId: string;
}

interface Beginning {
  readonly known: KnownPayment | null;
  readonly proven: boolean;
}

function knownOf(events: readonly RecordedEvent[]): KnownPayment | null {
  const payment = foldPayment(events);
  const last = events.at(-1);
  if (payment === null || last === undefined) return null;
  const calls: string[] = [];
  for (const { metadata } of events) {
    if (metadata.idempotency !== undefined) calls.push(metadata.idempotency);
  }
  const head = { revision: last.revision, hash: last.metadata.hash };
  return { payment, head, lastEventId: last.id, calls };
}
