import { ChainBroken, WrongRevision, type RecordedEvent } from '../event-store/event-store.js';
import { crashPoint } from '../platform/crash-points.js';
import { isSameRequest } from '../platform/request-hashes.js';
import { raiseAlarms } from './alarms.js';
import { answerAsOfMark, answerOf, findCall, refuse, RETRY_AFTER_S } from './call-answer.js';
import { dryRunEvents } from './call-commands.js';
import { decideCall, type DecidedCall } from './call-decision.js';
import { answerOfFault } from './call-faults.js';
import { replay, unchanged } from './call-repeats.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentCalls, type CallAnswer, type PaymentCall } from './payment-calls.js';
import { PaymentDrive, type Driver } from './payment-drive.js';
import { PaymentWork, type OpeningCall } from './payment-work.js';
import { RecentPayments } from './recent-payments.js';
import { GatewaysBusy } from './step-commands.js';
import { UnreadCreates } from './unread-creates.js';

/** How often a call that met another writer is decided anew before its effect. */
const RELOADS_MAX = 3;
/** How long a holder of the payment's lock gets to show in the stream what it does. */
const HOLDER_PAUSE_MS = 25;

/** Runs client calls: finds a repeat in the stream, decides, drives the payment to rest, answers as of the mark. */
export class PaymentCallRunner extends PaymentCalls {
  readonly #unread: UnreadCreates;
  readonly #recent: RecentPayments;

  /** `onFault` is told why a client is answered 503, unless it is for busy gateways: nothing else records that. */
  constructor(
    private readonly ports: OrchestrationPorts,
    private readonly onFault: (error: unknown, correlationId: string) => void = () => undefined,
  ) {
    super();
    this.#unread = new UnreadCreates(ports);
    this.#recent = new RecentPayments(ports);
  }

  override async execute(call: PaymentCall): Promise<CallAnswer> {
    const { clock, settings } = this.ports;
    const deadlineMs = clock.monotonicMs() + settings.callDeadlineMs;
    const driver = { actor: call.actor, timers: false, deadlineMs };
    try {
      const unread = await this.#tryUnread(call, driver);
      if (typeof unread === 'object') return unread;
      let yielded = unread === 'busy';
      if (yielded) await clock.pause(HOLDER_PAUSE_MS);
      for (let loads = 0; loads <= RELOADS_MAX; loads += 1) {
        let answer = await this.#tryOnStream(call, driver, yielded);
        if (answer === 'busy') {
          yielded = true;
          await clock.pause(HOLDER_PAUSE_MS);
          answer = await this.#tryOnStream(call, driver, yielded);
        }
        if (answer !== 'conflict' && answer !== 'busy') return answer;
      }
      const detail = 'Others kept changing this payment; try again.';
      return refuse('CONCURRENT_UPDATE', detail, RETRY_AFTER_S);
    } catch (error) {
      const answer = answerOfFault(error);
      if (!(error instanceof GatewaysBusy)) this.onFault(error, call.correlationId);
      return answer;
    }
  }

  /**
   * Decides the call on what is known without a read: that its payment is new, or how this process left it. Its first
   * append proves that. `conflict`: nothing was appended, so the stream has to be read first; the call may be a repeat.
   */
  async #tryUnread(call: PaymentCall, driver: Driver): Promise<CallAnswer | 'conflict' | 'busy'> {
    const isNew = this.#unread.admits(call);
    const work = isNew ? PaymentWork.ofNew(this.ports, call) : this.#recent.workOn(call);
    if (work === null) return 'conflict';
    const run = () => this.#decideAndDrive({ call, driver, work, events: [] });
    try {
      const answer = isNew ? await run() : await this.ports.lock.withLock(call.paymentId, run);
      return work.isProven || answer === 'busy' ? answer : 'conflict';
    } catch (error) {
      if (work.isProven) throw error;
      if (error instanceof GatewaysBusy || error instanceof ChainBroken) return 'conflict';
      throw error;
    }
  }

  /**
   * Answers come from the stream, never from the lock. `busy` asks for a second try, by which time the holder's intent
   * mostly stands in the stream, and the call is refused before any effect. Where it doesn't, the call goes on without
   * the lock (`yielded`).
   */
  async #tryOnStream(
    call: PaymentCall,
    driver: Driver,
    yielded: boolean,
  ): Promise<CallAnswer | 'conflict' | 'busy'> {
    const { paymentId } = call;
    const { work, events } = await PaymentWork.load(this.ports, call);
    const early = this.#beforeDeciding(call, work, events);
    if (early !== null) return early;
    const run = () => this.#decideAndDrive({ call, driver, work, events });
    // Nobody else knows a new payment, and a dry run does nothing.
    if (call.request.command === 'create' || call.dryRun) return await run();
    const answer = await this.ports.lock.withLock(paymentId, run);
    return answer === 'busy' && yielded ? await run() : answer;
  }

  async #decideAndDrive({
    call,
    driver,
    work,
    events,
  }: CallOnPayment): Promise<CallAnswer | 'conflict'> {
    const opening: OpeningCall = call.idempotency ?? {
      keyHash: `unkeyed:${this.ports.chance.newId()}`,
      requestHash: null,
    };
    // A resolution ends the call before it, too: its answer is the state that the operator made.
    const before = call.request.command === 'resolve' ? work.payment?.openCall?.keyHash : undefined;
    const decided = await decideCall(this.ports, call, { work, events });
    if (!decided.accepted) return refuse(decided.code, decided.detail, decided.retryAfterS);
    if (call.dryRun) return this.#dryRun(work, decided, driver, call);
    if (decided.events.length === 0) return unchanged(work, events);
    raiseAlarms(this.ports, work.payment, decided.events);
    work.add(decided.events, { at: decided.at, actor: call.actor, opening });
    const answers = before === undefined ? [] : [before];
    crashPoint('call-decided');
    return await this.#drive({ call, work, driver, opening, answers });
  }

  /** A missing payment, another tenant's, a repeat, a stale If-Match: answered in this order, before anything is decided. */
  #beforeDeciding(
    call: PaymentCall,
    work: PaymentWork,
    events: readonly RecordedEvent[],
  ): CallAnswer | null {
    const { payment } = work;
    const foreign = call.tenant !== null && payment !== null && payment.merchantId !== call.tenant;
    if (foreign || (payment === null && call.request.command !== 'create')) {
      return refuse('PAYMENT_NOT_FOUND', 'There is no such payment.');
    }
    if (call.idempotency !== null && !call.dryRun) {
      const found = findCall(events, call.idempotency.keyHash);
      if (found !== null) {
        const sameBody = isSameRequest(call.idempotency, found.requestHash);
        return replay(events, call, { ...found, sameBody });
      }
    }
    const expected = call.expectedRevision;
    if (expected !== null && expected !== (payment?.revision ?? null)) {
      return refuse('REVISION_MISMATCH', 'If-Match names another revision than the current one.');
    }
    return null;
  }

  #dryRun(
    work: PaymentWork,
    decided: DecidedCall & { readonly accepted: true },
    driver: Driver,
    call: PaymentCall,
  ): CallAnswer {
    if (decided.events.length > 0) {
      work.add(decided.events, { at: decided.at, actor: call.actor });
      new PaymentDrive(this.ports, work, { driver }).plan();
    }
    return { kind: 'dry_run', events: dryRunEvents(work.pendingEvents) };
  }

  async #drive(run: {
    readonly call: PaymentCall;
    readonly work: PaymentWork;
    readonly driver: Driver;
    readonly opening: OpeningCall;
    readonly answers: readonly string[];
  }): Promise<CallAnswer | 'conflict'> {
    const { call, opening } = run;
    const openedAt = run.work.firstPendingRevision;
    const drive = new PaymentDrive(this.ports, run.work, {
      driver: run.driver,
      alsoAnswers: run.answers,
    });
    try {
      const { appended, takenOver } = await drive.run();
      const { payment } = drive.work;
      if (takenOver || appended === null || payment === null || payment.openCall !== null) {
        return await this.#answerAsMarked(call, opening.keyHash);
      }
      this.#recent.leave(drive.work);
      return answerOf(payment, {
        command: call.request.command,
        openedAt,
        correlationId: call.correlationId,
        position: appended.position,
        replayed: false,
      });
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
      if (call.expectedRevision === null) return 'conflict';
      return refuse('REVISION_MISMATCH', 'The payment changed since the revision in If-Match.');
    }
  }

  /** Another process brought the call to rest: its mark is the answer. */
  async #answerAsMarked(call: PaymentCall, keyHash: string): Promise<CallAnswer> {
    const { events } = await PaymentWork.load(this.ports, call);
    const found = findCall(events, keyHash);
    if (found === null || found.answeredAt === null) {
      return refuse('CALL_DEADLINE_EXCEEDED', 'The call is not at rest yet.', RETRY_AFTER_S);
    }
    const { openedAt, answeredAt } = found;
    const { command } = call.request;
    return answerAsOfMark(events, { command, openedAt, answeredAt }, false);
  }
}

interface CallOnPayment {
  readonly call: PaymentCall;
  readonly driver: Driver;
  readonly work: PaymentWork;
  /** Of the stream; none where it was not read. */
  readonly events: readonly RecordedEvent[];
}
