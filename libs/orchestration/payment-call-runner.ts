import { WrongRevision, type RecordedEvent } from '../event-store/event-store.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { crashPoint } from '../platform/crash-points.js';
import { answerAsOfMark, answerOf, findCall, refuse } from './call-answer.js';
import { commandOf, dryRunEvents, refusedAdmission } from './call-commands.js';
import { answerOfFault } from './call-faults.js';
import { askedFirst } from './call-questions.js';
import { replay, unchanged } from './call-repeats.js';
import { hooksVeto } from './hooks/call-veto.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentCalls, type CallAnswer, type PaymentCall } from './payment-calls.js';
import { PaymentDrive, type Driver } from './payment-drive.js';
import { PaymentWork, type OpeningCall, type WorkPorts } from './payment-work.js';
import { verdictOn } from './risk-subject.js';
import { GatewaysBusy } from './step-commands.js';
import { UnreadCreates } from './unread-creates.js';

/** How often a call that met another writer is decided anew before its effect. */
const RELOADS_MAX = 3;
const RETRY_AFTER_S = 1;
/** How long a holder of the payment's lock gets to show in the stream what it does. */
const HOLDER_PAUSE_MS = 25;

/** Runs client calls: finds a repeat in the stream, decides, drives the payment to rest, answers as of the mark. */
export class PaymentCallRunner extends PaymentCalls {
  readonly #unread: UnreadCreates;

  constructor(private readonly ports: OrchestrationPorts) {
    super();
    this.#unread = new UnreadCreates(ports);
  }

  override async execute(call: PaymentCall): Promise<CallAnswer> {
    const { clock, settings } = this.ports;
    const deadlineMs = clock.monotonicMs() + settings.callDeadlineMs;
    const driver = {
      actor: call.actor,
      correlationId: call.correlationId,
      timers: false,
      deadlineMs,
    };
    try {
      const created = this.#unread.admits(call) ? await this.#createUnread(call, driver) : null;
      if (created !== null) return created;
      let yielded = false;
      for (let loads = 0; loads <= RELOADS_MAX; loads += 1) {
        let answer = await this.#once(call, driver, yielded);
        if (answer === 'busy') {
          yielded = true;
          await clock.pause(HOLDER_PAUSE_MS);
          answer = await this.#once(call, driver, yielded);
        }
        if (answer !== 'conflict' && answer !== 'busy') return answer;
      }
      return refuse('CONCURRENT_UPDATE', 'Others kept changing this payment; try again.', 1);
    } catch (error) {
      return answerOfFault(error);
    }
  }

  /**
   * A create decided as if its stream were empty, which its first append proves. Null: nothing was appended, and
   * whatever came out of it is decided anew with the stream read; it may be a repeat.
   */
  async #createUnread(call: PaymentCall, driver: Driver): Promise<CallAnswer | null> {
    const work = PaymentWork.ofNew(this.#workPorts(call));
    try {
      const answer = await this.#decideAndDrive({ call, driver, work, events: [] });
      return answer === 'conflict' || !work.isStored ? null : answer;
    } catch (error) {
      if (error instanceof GatewaysBusy) return null;
      throw error;
    }
  }

  /**
   * A lock never refuses a call by itself, so that answers are those of the stream: `busy` asks for a second look, by
   * which time the holder's intent mostly stands there, and the call is refused before its effort. Where it doesn't,
   * the call goes on without.
   */
  async #once(
    call: PaymentCall,
    driver: Driver,
    yielded: boolean,
  ): Promise<CallAnswer | 'conflict' | 'busy'> {
    const { paymentId } = call;
    const { work, events } = await PaymentWork.load(this.#workPorts(call));
    const early = this.#beforeDeciding(call, work, events);
    if (early !== null) return early;
    const run = () => this.#decideAndDrive({ call, driver, work, events });
    // Nobody else knows a new payment, and a dry run does nothing.
    if (call.request.command === 'create' || call.dryRun) return await run();
    const answer = await this.ports.lock.withLock(paymentId, run);
    return answer === 'busy' && yielded ? await run() : answer;
  }

  async #decideAndDrive({ call, driver, work, events }: Loaded): Promise<CallAnswer | 'conflict'> {
    const opening: OpeningCall = call.idempotency ?? {
      keyHash: `unkeyed:${this.ports.chance.newId()}`,
      requestHash: null,
    };
    // A resolution ends the call before it, too: its answer is the state that the operator made.
    const before = call.request.command === 'resolve' ? work.payment?.openCall?.keyHash : undefined;
    const decided = await this.#decide(call, work, events);
    if (!decided.accepted) return refuse(decided.code, decided.detail, decided.retryAfterS);
    if (call.dryRun) return this.#dryRun(work, decided, driver, call);
    if (decided.events.length === 0) return unchanged(call, work, events);
    work.add(decided.events, { at: decided.at, actor: call.actor, opening });
    const answers = before === undefined ? [] : [before];
    crashPoint('call-decided');
    return await this.#drive({ call, work, driver, opening, answers });
  }

  /** A repeat, a foreign or missing payment, a stale If-Match: answered before anything is decided. */
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
      const { keyHash, requestHash, olderHashes = [] } = call.idempotency;
      const found = findCall(events, keyHash);
      if (found !== null) {
        const hashes: readonly (string | null)[] = [requestHash, ...olderHashes];
        return replay(events, call, { ...found, sameBody: hashes.includes(found.requestHash) });
      }
    }
    const expected = call.expectedRevision;
    if (expected !== null && expected !== (payment?.revision ?? null)) {
      return refuse('REVISION_MISMATCH', 'If-Match names another revision than the current one.');
    }
    return null;
  }

  async #decide(
    call: PaymentCall,
    work: PaymentWork,
    events: readonly RecordedEvent[],
  ): Promise<Decided> {
    const at = work.now();
    const { payment } = work;
    const risk = await verdictOn(this.ports, call, { payment, events, at });
    const command = commandOf(this.ports, payment, { call, at, risk });
    const first = decide(work.payment, command);
    // The gateway's word wins over an operator's, and tells of the customer's act; a dry run asks nobody.
    const asked = call.dryRun ? null : await askedFirst(this.ports, work, { call, first, at });
    if (asked !== null) return { accepted: true, events: asked, at };
    if (!first.accepted) {
      // A create that finds its stream without its key: the id belongs to another key's payment.
      const code = first.code === 'PAYMENT_EXISTS' ? 'IDEMPOTENCY_KEY_REUSED' : first.code;
      const retryAfterS = first.code === 'OPERATION_IN_PROGRESS' ? RETRY_AFTER_S : null;
      return { accepted: false, code, detail: first.detail, retryAfterS };
    }
    const refused = refusedAdmission(this.ports, first.events);
    if (refused !== null) return { accepted: false, code: 'GATEWAY_UNAVAILABLE', ...refused };
    const veto = await hooksVeto(this.ports, call, { payment, events: first.events });
    if (veto !== null) {
      return { accepted: false, code: 'HOOK_VETOED', detail: veto, retryAfterS: null };
    }
    return { accepted: true, events: first.events, at };
  }

  #dryRun(
    work: PaymentWork,
    decided: Decided & { readonly accepted: true },
    driver: Driver,
    call: PaymentCall,
  ): CallAnswer {
    if (decided.events.length > 0) {
      work.add(decided.events, { at: decided.at, actor: call.actor });
      new PaymentDrive(this.ports, work, { driver, paymentId: call.paymentId }).plan();
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
    const { paymentId } = call;
    const openedAt = run.work.firstPendingRevision;
    const drive = new PaymentDrive(this.ports, run.work, {
      driver: run.driver,
      paymentId,
      alsoAnswers: run.answers,
    });
    try {
      const { appended, takenOver } = await drive.run();
      const { payment } = drive.work;
      if (takenOver || appended === null || payment === null || payment.openCall !== null) {
        return await this.#answerAsMarked(call, opening.keyHash);
      }
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
    const { events } = await PaymentWork.load(this.#workPorts(call));
    const found = findCall(events, keyHash);
    if (found === null || found.answeredAt === null) {
      return refuse('CALL_DEADLINE_EXCEEDED', 'The call is not at rest yet.', RETRY_AFTER_S);
    }
    const { openedAt, answeredAt } = found;
    const { command } = call.request;
    return answerAsOfMark(events, { command, openedAt, answeredAt }, false);
  }

  #workPorts({ paymentId, correlationId }: PaymentCall): WorkPorts {
    const { store, clock, chance } = this.ports;
    return { store, clock, chance, paymentId, correlationId };
  }
}

interface Loaded {
  readonly call: PaymentCall;
  readonly driver: Driver;
  readonly work: PaymentWork;
  readonly events: readonly RecordedEvent[];
}

type Decided =
  | { readonly accepted: true; readonly events: readonly PaymentEvent[]; readonly at: string }
  | {
      readonly accepted: false;
      readonly code: Parameters<typeof refuse>[0];
      readonly detail: string;
      readonly retryAfterS: number | null;
    };
