import { WrongRevision, type Appended } from '../event-store/event-store.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import { decide } from '../payments/payment.decide.js';
import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { crashPoint } from '../platform/crash-points.js';
import { refusedAdmission } from './admission.js';
import { raiseAlarms } from './alarms.js';
import { gatewayCallOf } from './gateway-calls.js';
import { answerCommand, type WordInHand } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentWork } from './payment-work.js';
import { sendIntent } from './send-intent.js';
import { commandOfStep, type StepContext } from './step-commands.js';

/** Who drives: a client's call goes on to its own rest, the processor also does what time and undoing ask for. */
export interface Driver {
  readonly actor: string;
  readonly timers: boolean;
  /** Monotonic; no effect starts that cannot end before it. */
  readonly deadlineMs: number;
}

export interface DriveResult {
  /** The last append of this drive; null where nothing was appended. */
  readonly appended: Appended | null;
  /** Another process brought the call to rest meanwhile: answer as of its mark. */
  readonly takenOver: boolean;
}

/** Nothing of a payment takes more steps in one drive: attempts, captures and voids are bounded. */
const STEPS_MAX = 40;

/**
 * Runs a payment from what is decided to its rest: plans (pure), appends the intent, calls the gateway, records the
 * word, plans again. Appends stand where they must: an intent before its call, so that a crash leaves a trace of
 * every effect; and the word with whatever follows from it, which is the next intent or the mark of the call.
 */
export class PaymentDrive {
  #work: PaymentWork;
  #word: WordInHand | null = null;
  #last: Appended | null = null;
  readonly #ports: OrchestrationPorts;
  readonly #driver: Driver;
  readonly #callHash: string | null;
  /** Until they stand in the stream. */
  #alsoAnswers: readonly string[];
  /** Intents that this drive made durable: only it may still send them. */
  readonly #durableIntents: number[] = [];
  /** Decided, not appended yet; another process may open one of the same number first. */
  #pendingIntents: number[] = [];

  constructor(
    ports: OrchestrationPorts,
    work: PaymentWork,
    run: {
      readonly driver: Driver;
      /** Calls that the first append answers beside the one that it opens. */
      readonly alsoAnswers?: readonly string[];
    },
  ) {
    this.#ports = ports;
    this.#work = work;
    this.#driver = run.driver;
    this.#alsoAnswers = run.alsoAnswers ?? [];
    this.#callHash = work.payment?.openCall?.keyHash ?? null;
    // A command's own decision may have opened an intent already; one that is durable is being sent by somebody else.
    const open = work.payment === null ? null : openIntentOf(work.payment);
    if (open !== null && work.hasPending && open.revision >= work.firstPendingRevision) {
      this.#pendingIntents.push(open.intent);
    }
  }

  get work(): PaymentWork {
    return this.#work;
  }

  /** @throws WrongRevision and GatewaysBusy before any effect, AppendDeadlineExceeded, ChainBroken */
  async run(): Promise<DriveResult> {
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const operation = this.plan();
      const stored = operation === null ? await this.#rest() : await this.#makeDurable(operation);
      if (this.#isTakenOver()) return await this.#recordUnmarked();
      if (!stored) continue;
      if (operation === null) return { appended: this.#last, takenOver: false };
      await this.#perform(operation);
    }
    throw new Error(`${this.#work.paymentId}: no rest after ${STEPS_MAX} steps`);
  }

  /** Appends an intent; nobody else is told of its place at the gateway meanwhile. */
  async #makeDurable({ gateway }: Operation): Promise<boolean> {
    const { gateways } = this.#ports;
    gateways.announce(gateway);
    let stored = false;
    try {
      crashPoint('intent-decided');
      stored = await this.#commit([]);
      if (stored) crashPoint('intent-durable');
    } finally {
      if (!stored) gateways.withdraw(gateway);
    }
    return stored;
  }

  /** Decides all that is due and needs no effect first; gives the intent to send, or null at rest. */
  plan(): Operation | null {
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const payment = this.#payment();
      const step = nextStep(payment);
      if (step.step === 'learn') {
        const operation = payment.operations[step.intent - 1];
        const ours =
          this.#durableIntents.includes(step.intent) || this.#pendingIntents.includes(step.intent);
        return operation?.outcome === 'open' && ours ? operation : null;
      }
      if (!this.#isDue(step)) return null;
      const command = commandOfStep(step, this.#context(payment));
      if (command === null || !this.#decide(command)) return null;
    }
    throw new Error(`${this.#work.paymentId}: planning does not end`);
  }

  #isDue(step: NextStep): boolean {
    if (step.step === 'none' || step.step === 'ask_action' || step.step === 'ask_authorization') {
      return false;
    }
    if (step.at === null && step.step !== 'undo') return true;
    return this.#driver.timers && (step.at === null || step.at <= this.#work.now());
  }

  #context(payment: Payment): StepContext {
    return {
      ports: this.#ports,
      payment,
      at: this.#work.now(),
      deadlineMs: this.#driver.deadlineMs,
      // A call of which nothing is kept yet can be made again with its key; the processor has time.
      whenBusy: this.#driver.timers ? 'wait' : this.#last === null ? 'refuse' : 'fail',
    };
  }

  /** Takes the command's events in; false where it leads to nothing. */
  #decide(command: PaymentCommand, actor = this.#driver.actor): boolean {
    const before = this.#work.payment?.operations.length ?? 0;
    const decision = decide(this.#work.payment, command);
    if (!decision.accepted || decision.events.length === 0) return false;
    // A step that belongs to one gateway waits for it before the intent: afterwards it would hold the payment.
    if (isOwnStep(command) && refusedAdmission(this.#ports, decision.events) !== null) return false;
    raiseAlarms(this.#ports, this.#work.payment, decision.events);
    this.#work.add(decision.events, { at: command.at, actor });
    const payment = this.#payment();
    if (payment.operations.length > before) this.#pendingIntents.push(payment.operations.length);
    return true;
  }

  /** Appends what is pending, with the mark of the call that now rests. */
  async #rest(): Promise<boolean> {
    if (!this.#work.hasPending) return true;
    const payment = this.#payment();
    const running = openIntentOf(payment)?.outcome === 'open';
    const call = payment.openCall;
    const answers = call === null || running ? [] : [call.keyHash];
    const stored = await this.#commit(answers);
    crashPoint('call-at-rest');
    return stored;
  }

  /** False: the payment went on meanwhile, the word in hand was decided anew on it. */
  async #commit(answers: readonly string[]): Promise<boolean> {
    if (!this.#work.hasPending) return true;
    try {
      const marks = [...answers, ...this.#alsoAnswers];
      this.#last = await this.#work.commit(marks, this.#driver.deadlineMs);
      this.#alsoAnswers = [];
      this.#word = null;
      this.#durableIntents.push(...this.#pendingIntents);
      this.#pendingIntents = [];
      return true;
    } catch (error) {
      if (!(error instanceof WrongRevision) || this.#word === null) throw error;
      await this.#reload();
      return false;
    }
  }

  async #reload(): Promise<void> {
    this.#work = await this.#work.reloaded();
    this.#pendingIntents = [];
    if (this.#word !== null) this.#record(this.#word);
  }

  #isTakenOver(): boolean {
    return this.#callHash !== null && this.#word !== null
      ? this.#payment().openCall?.keyHash !== this.#callHash
      : false;
  }

  /** The call was answered by whoever took it over; the word that we hold is still recorded. */
  async #recordUnmarked(): Promise<DriveResult> {
    while (!(await this.#commit([])));
    return { appended: this.#last, takenOver: true };
  }

  async #perform(operation: Operation): Promise<void> {
    const answer = await sendIntent(this.#ports, {
      operation,
      call: gatewayCallOf(this.#payment(), operation),
      deadlineMs: this.#driver.deadlineMs,
    });
    crashPoint('gateway-answered');
    this.#word = { intent: operation.intent, answer, soleSender: answer.outcome === 'refused' };
    this.#record(this.#word);
  }

  /** Decides the word on the payment as it stands; what it tells may be known already. */
  #record(word: WordInHand): void {
    const payment = this.#payment();
    const operation = payment.operations[word.intent - 1];
    if (operation === undefined) return;
    const { intent, answer, soleSender } = word;
    const at = this.#work.now();
    const command = answerCommand(this.#ports, payment, { intent, answer, soleSender, at });
    this.#decide(command, `gateway:${operation.gateway}`);
  }

  #payment(): Payment {
    const { payment } = this.#work;
    if (payment === null) throw new Error(`${this.#work.paymentId}: nothing to drive`);
    return payment;
  }
}

function isOwnStep({ type }: PaymentCommand): boolean {
  return type === 'StartCapture' || type === 'StartVoid' || type === 'StartUndo';
}
