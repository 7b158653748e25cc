import { decide } from '../payments/payment.decide.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import type { PaymentEvent, PaymentEventType } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import type { PaymentStatus } from '../payments/payment-status.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { viewOf } from '../payments/payment.view.js';
import { moneyRuleBreaches } from '../verify/payment-money-rules.js';
import { existing, type Step } from './payment-story.js';

const START_MS = Date.UTC(2026, 2, 1);

/** One payment by its stored events, on a clock of its own. Whatever is recorded is held against the money rules. */
export class PaymentRecord {
  payment: Payment | null = null;
  readonly events: (PaymentEvent & { readonly at: string })[] = [];
  readonly moves: { from: PaymentStatus; to: PaymentStatus; by: PaymentEventType[] }[] = [];
  private nowMs = START_MS;

  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  get state(): Payment {
    return existing(this.payment);
  }

  operation(intent: number): Operation {
    const operation = this.state.operations[intent - 1];
    if (operation === undefined) throw new Error(`no intent ${intent}`);
    return operation;
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  /** On to this instant, unless it is over. */
  passUntil(at: string): void {
    this.nowMs = Math.max(this.nowMs, Date.parse(at));
  }

  after(ms: number): string {
    return new Date(this.nowMs + ms).toISOString();
  }

  run(step: Step): boolean {
    const made = step(this.payment, this.now);
    if (!('type' in made)) throw new Error('not a command');
    return this.decided(made);
  }

  /** False where the command was refused or had nothing to do. */
  decided(command: PaymentCommand): boolean {
    const decision = decide(this.payment, command);
    if (!decision.accepted || decision.events.length === 0) return false;
    const before = this.payment;
    for (const event of decision.events) {
      // As it is stored and read again.
      const past = { ...(JSON.parse(JSON.stringify(event)) as PaymentEvent), at: this.now };
      this.payment = evolve(this.payment, past);
      this.events.push(past);
    }
    const after = this.state;
    if (before !== null && before.status !== after.status) {
      const by = decision.events.map(({ type }) => type);
      this.moves.push({ from: before.status, to: after.status, by });
    }
    const breaches = moneyRuleBreaches(after);
    if (breaches.length > 0) throw new Error(`${command.type}: ${breaches.join('; ')}`);
    viewOf(after);
    return true;
  }
}
