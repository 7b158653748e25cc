import { WrongRevision } from '../event-store/event-store.js';
import { DecorrelatedJitter } from '../gateways/resilience/decorrelated-jitter.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { OWN_STEP_TRIES_MAX } from '../payments/payment.limits.js';
import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import { unconfirmedDeclines } from '../payments/payment.questions.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { crashPoint } from '../platform/crash-points.js';
import { refusedAdmission } from './admission.js';
import { raiseAlarms } from './alarms.js';
import { AskingPauses, pauseOfCrowd } from './asking-pauses.js';
import { whenDue, within, type Continuation, type Continued } from './continuation.js';
import { gatewayCallOf, nextIntentKey } from './gateway-calls.js';
import { askGateway } from './gateway-word.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentDrive } from './payment-drive.js';
import { AppendDeadlineExceeded, PaymentWork } from './payment-work.js';
import { contradictionOf } from './unconfirmed-declines.js';
import { YieldingLock } from './yielding-lock.js';
import { wordOn } from './unknown-outcome.js';

const ACTOR = 'system:processor';
/** Whoever takes a gateway out of the configuration may put it back. */
const GATEWAY_AWAY_MS = 600_000;
const CONFLICT_PAUSES = { firstMs: 200, maxMs: 1_000 };

/**
 * Continues payments that nobody drives: after a crash, an unknown outcome, a time that has come. Safe to run anywhere
 * and twice: every step is an append behind the revision that was read, every effect has its key.
 */
export class PaymentContinuation {
  readonly #pauses: AskingPauses;
  readonly #lock: YieldingLock;

  constructor(
    private readonly ports: OrchestrationPorts,
    settings: { readonly unknownAskMaxMs: number },
  ) {
    this.#pauses = new AskingPauses(settings.unknownAskMaxMs);
    this.#lock = new YieldingLock(ports.lock, ports.chance);
  }

  /**
   * A call or an intent that runs is taken over only where the stream still ends at `quietAt`: behind that revision
   * nothing came for as long as its runner may take. Null: there is no such payment.
   * @throws StoreUnavailable, ChainBroken, CorruptStreamError
   */
  async continue(paymentId: string, quietAt: number | null): Promise<Continued | null> {
    const about = { paymentId, correlationId: this.ports.chance.newId() };
    const { work } = await PaymentWork.load(this.ports, about);
    if (work.payment === null) return null;
    const { revision } = work.payment;
    if (revision !== quietAt && isRunning(work.payment)) {
      return { revision, continuation: { next: 'running' } };
    }
    try {
      const continuation = await this.#locked(work);
      if (continuation.next === 'never') this.#pauses.forget(paymentId);
      return { revision: work.payment?.revision ?? 0, continuation };
    } catch (error) {
      // Somebody else went on with it, or the store gave no word: look again.
      const again = error instanceof WrongRevision || error instanceof AppendDeadlineExceeded;
      if (!again) throw error;
      const ms = new DecorrelatedJitter(CONFLICT_PAUSES, this.ports.chance).nextMs();
      return { revision: -1, continuation: { next: 'after', ms } };
    }
  }

  /** Counted from when the gateways were asked: however long that took, what is due has its time. */
  #deadlineMs(): number {
    return this.ports.clock.monotonicMs() + this.ports.settings.callDeadlineMs;
  }

  /** A quiet runner is taken for dead, whether it holds the lock or not. */
  async #locked(work: PaymentWork): Promise<Continuation> {
    const payment = paymentOf(work);
    const step = nextStep(payment);
    if (step.step === 'none' && unconfirmedDeclines(payment).length === 0) return whenDue(step);
    const impatient = isRunning(payment);
    const done = await this.#lock.run(work.paymentId, impatient, () => this.#stepAndAsk(work));
    return done.ran ? done.value : { next: 'after', ms: done.againAfterMs };
  }

  /** What an operator closed without the gateway's word is asked about beside what is due. */
  async #stepAndAsk(work: PaymentWork): Promise<Continuation> {
    const heard = await contradictionOf(this.ports, paymentOf(work), work.now());
    if (typeof heard === 'object') return await this.#record(work, heard);
    const continuation = await this.#step(work);
    if (heard === 'none') return continuation;
    const pauseMs = heard === 'ask_again' ? this.#pauses.nextMs(work.paymentId) : GATEWAY_AWAY_MS;
    return within(pauseMs, continuation, work.now());
  }

  async #step(work: PaymentWork): Promise<Continuation> {
    const payment = paymentOf(work);
    const step = nextStep(payment);
    switch (step.step) {
      case 'learn':
        return await this.#learn(work, step.intent);
      case 'ask_action':
        return await this.#askAction(work, step);
      case 'ask_authorization':
        if (step.at > work.now()) return whenDue(step);
        return await this.#askAuthorization(work, step.intent);
      case 'attempt':
      case 'capture':
      case 'void':
      case 'undo':
        if (step.at !== null && step.at > work.now()) return whenDue(step);
        return await this.#drive(work);
      case 'none':
        return whenDue(step);
    }
  }

  /** An open intent that is not ours: takes it over by an append, then only the gateway's word closes it. */
  async #learn(work: PaymentWork, intent: number): Promise<Continuation> {
    const operation = paymentOf(work).operations[intent - 1];
    if (operation === undefined) return { next: 'never' };
    if (operation.outcome === 'open') await this.#takeOver(work, intent);
    const word = await wordOn(this.ports, this.#pauses, {
      payment: paymentOf(work),
      operation,
      at: work.now(),
    });
    crashPoint('gateway-asked');
    const { events } = word;
    // Our own doors were shut: the gateway was not asked, and the next pause need not be longer.
    if (word.outcome === 'refused') return { next: 'after', ms: pauseOfCrowd(this.ports.chance) };
    if (events.length === 0) return this.#askLater(work.paymentId);
    return await this.#record(work, { events, actor: `gateway:${operation.gateway}` });
  }

  async #takeOver(work: PaymentWork, intent: number): Promise<void> {
    const at = work.now();
    const reason = 'its sender gave no word in time';
    const decided = decide(work.payment, { type: 'TakeOver', intent, reason, at });
    if (!decided.accepted || decided.events.length === 0) return;
    work.add(decided.events, { at, actor: ACTOR });
    const call = paymentOf(work).openCall;
    crashPoint('takeover-decided');
    await work.commit(call === null ? [] : [call.keyHash], this.#deadlineMs());
    crashPoint('takeover-durable');
  }

  async #askAction(
    work: PaymentWork,
    step: Extract<NextStep, { step: 'ask_action' }>,
  ): Promise<Continuation> {
    const payment = paymentOf(work);
    const operation = payment.operations[step.intent - 1];
    if (operation === undefined) return { next: 'never' };
    const { events } = await askGateway(this.ports, payment, { operation, at: work.now() });
    if (events.length > 0) {
      return await this.#record(work, { events, actor: `gateway:${operation.gateway}` });
    }
    // After the last try an operator must look; the question goes on.
    const waits = payment.ownDeclines >= OWN_STEP_TRIES_MAX || step.voidAt > work.now();
    if (waits) return this.#askLater(work.paymentId);
    return await this.#startVoid(work, step.cause);
  }

  async #startVoid(
    work: PaymentWork,
    cause: Extract<PaymentCommand, { type: 'StartVoid' }>['cause'],
  ): Promise<Continuation> {
    const at = work.now();
    const key = nextIntentKey(work.payment, work.paymentId, 'void');
    const decided = decide(work.payment, { type: 'StartVoid', cause, key, at });
    if (!decided.accepted || decided.events.length === 0) return { next: 'never' };
    const refused = refusedAdmission(this.ports, decided.events);
    if (refused !== null) return this.#askLater(work.paymentId);
    work.add(decided.events, { at, actor: ACTOR });
    return await this.#drive(work);
  }

  /** At the end of its window the authorization is asked about; only a window of our own default is then voided. */
  async #askAuthorization(work: PaymentWork, intent: number): Promise<Continuation> {
    const payment = paymentOf(work);
    const operation = payment.operations[intent - 1];
    const gateway = operation === undefined ? null : this.ports.gateways.get(operation.gateway);
    if (operation === undefined || gateway === null) return this.#askLater(work.paymentId);
    const { gatewayTimeoutMs } = this.ports.settings;
    const word = await gateway.ask(gatewayCallOf(payment, operation), gatewayTimeoutMs);
    const gone =
      (word.outcome === 'approved' || word.outcome === 'declined') && word.authorizationGone;
    if (!gone && word.outcome !== 'approved') return this.#askLater(work.paymentId);
    const expiresAt = word.outcome === 'approved' ? word.expiresAt : null;
    const at = work.now();
    const decided = decide(payment, { type: 'RecordAuthorizationWord', gone, expiresAt, at });
    if (decided.accepted && decided.events.length > 0) {
      const actor = `gateway:${operation.gateway}`;
      return await this.#record(work, { events: decided.events, actor });
    }
    if (payment.hold?.windowFrom === 'default') return await this.#startVoid(work, 'expiry');
    return this.#askLater(work.paymentId);
  }

  async #record(
    work: PaymentWork,
    word: { readonly events: readonly PaymentEvent[]; readonly actor: string },
  ): Promise<Continuation> {
    raiseAlarms(this.ports, work.payment, word.events);
    work.add(word.events, { at: work.now(), actor: word.actor });
    return await this.#drive(work);
  }

  async #drive(work: PaymentWork): Promise<Continuation> {
    const { paymentId } = work;
    const driver = { actor: ACTOR, timers: true, deadlineMs: this.#deadlineMs() };
    const drive = new PaymentDrive(this.ports, work, { driver });
    const { appended } = await drive.run();
    if (appended !== null) this.#pauses.forget(paymentId);
    const step = nextStep(paymentOf(drive.work));
    const due = step.step !== 'none' && (step.at === null || step.at <= drive.work.now());
    // What a due step waits for is not in the payment: the gateway's word, or that it takes calls again.
    return due ? this.#askLater(paymentId) : whenDue(step);
  }

  #askLater(paymentId: string): Continuation {
    return { next: 'after', ms: this.#pauses.nextMs(paymentId) };
  }
}

/** Whether a runner may still be at work: unknown and pending operations wait for nobody but the gateway. */
export function isRunning(payment: Payment): boolean {
  return payment.openCall !== null || openIntentOf(payment)?.outcome === 'open';
}

function paymentOf(work: PaymentWork): Payment {
  if (work.payment === null) throw new Error('no payment to continue');
  return work.payment;
}
