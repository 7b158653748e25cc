import type { EventStore, Json, Position, RecordedEvent } from '../event-store/event-store.js';
import { evolvePayment, foldPayment } from '../payments/payment.fold.js';
import type { Payment } from '../payments/payment.state.js';
import { paymentStream } from '../payments/payment.stream.js';
import { moneyExcess, openIntentOf, totalExcess } from '../payments/payment.totals.js';
import { CallBook } from './call-book.js';
import type { Findings } from './finding.js';
import type { IntentLedger } from './intent-ledger.js';
import { moneyRuleBreaches } from './payment-money-rules.js';
import { isWaiting } from './payment-waits.js';

/** Folded payments kept in memory; of others the stream is read again. */
const PAYMENTS_CACHED_MAX = 20_000;
/** Facts that broke a rule which are kept in words; all are counted. */
const BROKEN_BY_FACTS_MAX = 1_000;

/** A money rule that a gateway's word broke: recorded as it must be, and no fault of the log. */
export interface RuleBrokenByFact {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly rule: string;
  /** Minor units. */
  readonly excess: string;
}

/** Of a payment that waits for a gateway's word. */
export interface OpenIntent {
  /** ISO instant. */
  readonly since: string;
}

/** The last event of a payment that the processor has to look at by itself, now or at some time. */
export interface WaitingPayment {
  readonly revision: number;
  readonly position: Position;
}

interface Followed {
  readonly payment: Payment;
  readonly calls: CallBook;
}

interface Suspect {
  readonly at: string;
  readonly revision: number;
  readonly position: string;
  readonly breaches: readonly string[];
  told: boolean;
}

/** Folds the payments of a log whose events come in its order, and holds each state against the money rules. */
export class PaymentStreams {
  readonly brokenByFacts: RuleBrokenByFact[] = [];
  brokenByFactsCount = 0;
  readonly openIntents = new Map<string, OpenIntent>();
  readonly waiting = new Map<string, WaitingPayment>();
  /** Streams that could not be followed to their end. */
  readonly unfoldable = new Set<string>();
  readonly #followed = new Map<string, Followed>();
  readonly #suspects = new Map<string, Suspect>();

  constructor(
    private readonly store: EventStore,
    private readonly findings: Findings,
    private readonly intents: IntentLedger | null,
  ) {}

  async take(event: RecordedEvent): Promise<void> {
    const { stream, position, revision } = event;
    if (this.unfoldable.has(stream)) return;
    let before: Followed | null;
    let after: Payment;
    let breaches: readonly string[];
    try {
      before = await this.#before(event);
      after = evolvePayment(before?.payment ?? null, event);
      breaches = breachesOf(after);
    } catch (error) {
      this.giveUp(event, foldFault(error));
      return;
    }
    if (paymentStream(after.id) !== stream) {
      this.giveUp(event, `is of the payment ${after.id}`);
      return;
    }
    const calls = before?.calls ?? new CallBook();
    const callFault = calls.take(event);
    if (callFault !== null) this.findings.add('calls', event, callFault);
    this.#remember(stream, { payment: after, calls });
    this.intents?.take(stream, position, { before: before?.payment ?? null, after });
    this.#await(stream, after, { revision, position });
    if (event.type === 'MoneyRuleBroken') this.#brokenByFact(event);
    this.#judge(event, breaches);
  }

  /** From here on the stream can't be followed. */
  giveUp(event: RecordedEvent, message: string | null): void {
    const { stream } = event;
    this.unfoldable.add(stream);
    this.#followed.delete(stream);
    this.openIntents.delete(stream);
    this.waiting.delete(stream);
    if (message !== null) this.findings.add('fold', event, message);
  }

  /** After the last event: a breach that still has no MoneyRuleBroken behind it is reported. */
  finish(): void {
    for (const [stream, suspect] of this.#suspects) this.#report(stream, suspect);
    this.#suspects.clear();
  }

  #await(stream: string, payment: Payment, last: WaitingPayment): void {
    const open = openIntentOf(payment);
    if (open === null) this.openIntents.delete(stream);
    else this.openIntents.set(stream, { since: open.requestedAt });
    if (isWaiting(payment)) this.waiting.set(stream, last);
    else this.waiting.delete(stream);
  }

  async #before(event: RecordedEvent): Promise<Followed | null> {
    if (event.revision === 0) return null;
    const known = this.#followed.get(event.stream);
    if (known !== undefined) return known;
    const all = await this.store.readStream(event.stream);
    const earlier = all.filter(({ revision }) => revision < event.revision);
    const payment = foldPayment(earlier);
    return payment && { payment, calls: CallBook.of(earlier) };
  }

  #remember(stream: string, followed: Followed): void {
    this.#followed.delete(stream);
    this.#followed.set(stream, followed);
    if (this.#followed.size <= PAYMENTS_CACHED_MAX) return;
    // The oldest entry of the map is the one longest unused.
    for (const [oldest] of this.#followed) {
      this.#followed.delete(oldest);
      return;
    }
  }

  /**
   * Within one append a fact may break a rule before its MoneyRuleBroken follows, so a breach counts once an event of
   * another instant comes, or none.
   */
  #judge(event: RecordedEvent, breaches: readonly string[]): void {
    const { stream, revision, position, type } = event;
    const { at } = event.metadata;
    const suspect = this.#suspects.get(stream);
    if (suspect !== undefined && type !== 'MoneyRuleBroken' && at !== suspect.at) {
      this.#report(stream, suspect);
    }
    if (breaches.length === 0) {
      this.#suspects.delete(stream);
    } else if (suspect?.breaches.join() !== breaches.join()) {
      this.#suspects.set(stream, { at, revision, position, breaches, told: false });
    }
  }

  /** Once, however many events follow on the breach. */
  #report(stream: string, suspect: Suspect): void {
    if (suspect.told) return;
    suspect.told = true;
    const { revision, position, breaches } = suspect;
    this.findings.add('money_rules', { stream, revision, position }, breaches.join('; '));
  }

  #brokenByFact({ stream, revision, position, data }: RecordedEvent): void {
    this.brokenByFactsCount += 1;
    if (this.brokenByFactsCount > BROKEN_BY_FACTS_MAX) return;
    const { rule, excess } = data;
    this.brokenByFacts.push({
      stream,
      revision,
      position,
      rule: textOf(rule),
      excess: textOf(excess),
    });
  }
}

function breachesOf(payment: Payment): readonly string[] {
  const breaches = moneyRuleBreaches(payment);
  const { undone } = moneyExcess(payment);
  if (undone === 0n || totalExcess(payment) <= payment.knownExcess) return breaches;
  return [...breaches, `approvals that are given back lost ${undone} too much`];
}

function foldFault(error: unknown): string {
  return `does not fold: ${error instanceof Error ? error.message : String(error)}`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'not told';
}
