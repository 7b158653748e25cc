import { parseAmount } from '../money/currency.js';
import type { RejectionCode, PaymentCommand } from '../payments/payment.commands.js';
import { decide } from '../payments/payment.decide.js';
import { evolve } from '../payments/payment.evolve.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import type { PaymentStatus } from '../payments/payment-status.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { moneyRuleBreaches } from '../verify/payment-money-rules.js';

/**
 * Stories of one payment: `given(initiated(), authorized()).when(capture('10.01')).thenRejected('...')`. A step is a
 * command on the payment as it then is, decided in earnest, or events as they are. Amounts are text in EUR.
 */
export type Step = (
  payment: Payment | null,
  at: string,
) => PaymentCommand | readonly PaymentEvent[];
export type Steps = Step | readonly Steps[];

export function given(...steps: readonly Steps[]): Story {
  return new Story().and(...steps);
}

export class Story {
  payment: Payment | null = null;
  readonly events: PaymentEvent[] = [];
  private seconds = 0;

  and(...steps: readonly Steps[]): this {
    for (const step of flat(steps)) {
      const outcome = this.run(step);
      if (outcome instanceof Refusal) {
        throw new Error(`A given step was refused: ${outcome.code} ${outcome.detail}`);
      }
    }
    return this;
  }

  when(step: Step): Outcome {
    const before = this.payment;
    const result = this.run(step);
    return new Outcome(this, before, result);
  }

  /** Moves the story's clock. */
  later(seconds: number): this {
    this.seconds += seconds;
    return this;
  }

  get now(): string {
    return new Date(STORY_START_MS + this.seconds * 1000).toISOString();
  }

  private run(step: Step): readonly PaymentEvent[] | Refusal {
    this.seconds += 1;
    const made = step(this.payment, this.now);
    const events = isCommand(made) ? this.decided(made) : made;
    if (events instanceof Refusal) return events;
    for (const event of events) {
      this.payment = evolve(this.payment, { ...event, at: this.now });
      this.events.push(event);
    }
    expect(this.payment === null ? [] : moneyRuleBreaches(this.payment)).toEqual([]);
    return events;
  }

  private decided(command: PaymentCommand): readonly PaymentEvent[] | Refusal {
    const decision = decide(this.payment, command);
    return decision.accepted ? decision.events : new Refusal(decision.code, decision.detail);
  }
}

class Refusal {
  constructor(
    readonly code: RejectionCode,
    readonly detail: string,
  ) {}
}

class Outcome {
  constructor(
    readonly story: Story,
    private readonly before: Payment | null,
    private readonly result: readonly PaymentEvent[] | Refusal,
  ) {}

  thenRejected(code: RejectionCode): Story {
    expect(this.result).toMatchObject({ code });
    expect(this.story.payment).toBe(this.before);
    return this.story;
  }

  /** Exactly these events, in order: types, or parts of events. */
  thenEvents(...expected: readonly (PaymentEvent['type'] | object)[]): this {
    expect(this.result).toMatchObject(
      expected.map((event) => (typeof event === 'string' ? { type: event } : event)),
    );
    return this;
  }

  thenNothing(): this {
    return this.thenEvents();
  }

  thenStatus(status: PaymentStatus, failure?: string): this {
    const payment = this.existing();
    expect(payment.status).toBe(status);
    if (failure !== undefined) expect(payment.phase).toMatchObject({ code: failure });
    return this;
  }

  thenAmounts(expected: Partial<Record<AmountName, string>>): this {
    const payment = this.existing();
    const actual = Object.fromEntries(
      Object.keys(expected).map((name) => [name, payment[AMOUNTS[name as AmountName]]]),
    );
    const minor = Object.fromEntries(
      Object.entries(expected).map(([name, text]) => [name, eur(text)]),
    );
    expect(actual).toEqual(minor);
    return this;
  }

  thenStopped(stopped = true): this {
    expect(this.existing().stop !== null).toBe(stopped);
    return this;
  }

  thenNoIntentOpen(): this {
    expect(openIntentOf(this.existing())).toBeNull();
    return this;
  }

  and(...steps: readonly Steps[]): Story {
    return this.story.and(...steps);
  }

  when(step: Step): Outcome {
    return this.story.when(step);
  }

  private existing(): Payment {
    if (this.result instanceof Refusal) throw new Error(`Refused: ${this.result.code}`);
    return existing(this.story.payment);
  }
}

const AMOUNTS = {
  authorized: 'amountAuthorized',
  captured: 'amountCaptured',
  refunded: 'amountRefunded',
  refunding: 'amountRefunding',
  chargedBack: 'amountChargedBack',
} as const;
type AmountName = keyof typeof AMOUNTS;

const STORY_START_MS = Date.UTC(2026, 2, 1, 10);

function isCommand(made: PaymentCommand | readonly PaymentEvent[]): made is PaymentCommand {
  return !Array.isArray(made);
}

function flat(steps: readonly Steps[]): readonly Step[] {
  return steps.flatMap((step) => (typeof step === 'function' ? [step] : flat(step)));
}

export function existing(payment: Payment | null): Payment {
  if (payment === null) throw new Error('The story has no payment yet.');
  return payment;
}

/** Minor units of an amount in EUR. */
export function eur(text: string): bigint {
  const amount = parseAmount(text, 'EUR');
  if (amount === null) throw new Error(`${text} is no amount of EUR.`);
  return amount;
}

/** Null where no amount is named. */
export function eurOrNull(text: string | undefined): bigint | null {
  return text === undefined ? null : eur(text);
}
