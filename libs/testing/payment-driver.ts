import type { PaymentCommand } from '../payments/payment.commands.js';
import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import type { Operation } from '../payments/payment.state.js';
import type { GatewayTraffic } from './gateway-traffic.js';
import type { PaymentRecord } from './payment-record.js';
import { nextKey } from './payment-steps.js';
import type { Choose } from './seeded-random.js';
import { unscoredRouting } from './unscored-routing.js';

const DAY_MS = 86_400_000;

/** The processes of a payment's world: they do what is due of it, and some slept. */
export class PaymentDriver {
  /** Kinds of steps that were due and taken. */
  readonly taken = new Set<NextStep['step']>();
  private readonly planned: PaymentCommand[] = [];

  constructor(
    private readonly record: PaymentRecord,
    private readonly traffic: GatewayTraffic,
    private readonly choose: Choose,
  ) {}

  /** Does what is due now, if anything is. */
  drive(): void {
    const step = nextStep(this.record.state);
    if ('at' in step && step.at !== null && step.at > this.record.now) return;
    this.taken.add(step.step);
    switch (step.step) {
      case 'none':
        return;
      case 'learn':
        return this.traffic.learn(this.record.operation(step.intent));
      case 'attempt':
        return this.attempt(step);
      case 'capture':
        return this.own({
          type: 'StartCapture',
          at: this.record.now,
          key: nextKey(this.record.payment),
          trigger: step.trigger,
        });
      case 'void':
        return this.own({
          type: 'StartVoid',
          at: this.record.now,
          key: nextKey(this.record.payment),
          cause: step.cause,
        });
      case 'undo':
        return this.own({
          type: 'StartUndo',
          at: this.record.now,
          key: nextKey(this.record.payment),
          target: step.target,
          refundId: `ref_${this.record.events.length}`,
        });
      case 'ask_action':
        return this.askAction(step);
      case 'ask_authorization':
        return this.askAuthorization(this.record.operation(step.intent));
    }
  }

  /** A process that slept does what it had planned, on the payment as it is now. */
  stale(): void {
    const planned = [...this.planned];
    const command = this.pick(planned);
    if (command === undefined || !('key' in command)) return;
    const again = { ...command, at: this.record.now, key: nextKey(this.record.payment) };
    this.begun(() => this.record.decided(again));
  }

  /** Who begins an operation lives to send it. */
  begun(act: () => boolean): boolean {
    const before = this.record.state.operations.length;
    const done = act();
    if (this.record.state.operations.length > before) this.traffic.own(before + 1);
    return done;
  }

  private own(command: PaymentCommand): void {
    this.planned.push(command);
    const done = this.begun(() => this.record.decided(command));
    if (!done) throw new Error(`${command.type} was due and did nothing`);
  }

  private attempt(step: Extract<NextStep, { step: 'attempt' }>): void {
    const gateway = step.gateway ?? this.pick(this.traffic.untried(step.tried));
    if (gateway === undefined) {
      this.record.decided({
        type: 'FailPayment',
        at: this.record.now,
        code: 'no_gateway_available',
        message: 'None left.',
      });
      return;
    }
    // Some gateways know no purchase.
    const operation = gateway === 'gamma' ? 'authorize' : step.operation;
    const key = nextKey(this.record.payment);
    const routing = unscoredRouting(gateway);
    this.own({ type: 'StartAttempt', at: this.record.now, key, operation, gateway, routing });
  }

  private askAction(step: Extract<NextStep, { step: 'ask_action' }>): void {
    const operation = this.record.operation(step.intent);
    const word = this.traffic.gatewayOf(operation).ask(operation.key);
    if (word.outcome === 'requires_action' || word.outcome === 'not_found') {
      if (this.traffic.calm) this.record.passUntil(step.voidAt);
      if (step.voidAt > this.record.now || this.record.state.stop !== null) return;
      const key = nextKey(this.record.payment);
      this.own({ type: 'StartVoid', at: this.record.now, key, cause: step.cause });
      return;
    }
    this.traffic.answer({ intent: step.intent, answer: word });
  }

  private askAuthorization(operation: Operation): void {
    const account = this.traffic.gatewayOf(operation).books.accounts.get(operation.reference ?? '');
    const gone = account?.state !== 'held';
    if (!gone && this.record.state.hold?.windowFrom === 'default') {
      this.own({
        type: 'StartVoid',
        at: this.record.now,
        key: nextKey(this.record.payment),
        cause: 'expiry',
      });
      return;
    }
    const expiresAt = gone ? null : this.record.after(DAY_MS);
    this.record.decided({ type: 'RecordAuthorizationWord', at: this.record.now, gone, expiresAt });
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[this.choose(from.length)];
  }
}
