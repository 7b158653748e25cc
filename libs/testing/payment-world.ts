import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import { unconfirmedDeclines } from '../payments/payment.questions.js';
import type { Payment } from '../payments/payment.state.js';
import { GatewayTraffic } from './gateway-traffic.js';
import type { ModelGateway } from './model-gateway.js';
import { PaymentDriver } from './payment-driver.js';
import { PaymentRecord } from './payment-record.js';
import {
  approve,
  automatic,
  cancel,
  capture,
  increment,
  initiated,
  refund,
  reject,
  resolve,
  retry,
  REVIEW,
  riskAlarm,
} from './payment-steps.js';
import type { Step } from './payment-story.js';
import { seededRandom, type Choose } from './seeded-random.js';

const STEP_MS = 1000;
const DAY_MS = 86_400_000;
/** A run that is not at rest after as many steps of its own goes round in circles. */
const QUIET_STEPS_MAX = 400;

/** A life is a seed, and how many things happen in it before it is left alone. */
export function playedLife(life: { readonly seed: number; readonly steps: number }): PaymentWorld {
  const random = seededRandom(life.seed);
  const world = new PaymentWorld((bound) => Math.floor(random() * bound));
  for (let step = 0; step < life.steps; step += 1) world.step();
  return world;
}

/**
 * One payment, its gateways with books of their own, and whoever wants something of it: clients, an operator, the customer,
 * processes that do what is due and some that slept. What happens next is chosen from outside.
 */
class PaymentWorld {
  private readonly record = new PaymentRecord();
  private readonly traffic: GatewayTraffic;
  private readonly driver: PaymentDriver;

  constructor(private readonly choose: Choose) {
    this.traffic = new GatewayTraffic(this.record, choose);
    this.driver = new PaymentDriver(this.record, this.traffic, choose);
    const risk = choose(8) === 0 ? { risk: REVIEW } : {};
    const timer = choose(4) === 0 ? { captureAfterS: 100 } : {};
    this.record.run(
      choose(2) === 0 ? automatic('10.00', risk) : initiated('10.00', { ...risk, ...timer }),
    );
  }

  get payment(): Payment | null {
    return this.record.payment;
  }

  get state(): Payment {
    return this.record.state;
  }

  get events(): PaymentRecord['events'] {
    return this.record.events;
  }

  get moves(): PaymentRecord['moves'] {
    return this.record.moves;
  }

  /** Kinds of steps that were due and taken. */
  get taken(): ReadonlySet<NextStep['step']> {
    return this.driver.taken;
  }

  get gateways(): readonly ModelGateway[] {
    return this.traffic.gateways;
  }

  /** Lets something happen. */
  step(): void {
    this.record.pass(STEP_MS);
    const choice = this.choose(24);
    if (choice < 9) this.driver.drive();
    else if (choice < 13) this.client();
    else if (choice < 15) this.traffic.readFacts();
    else if (choice < 18) this.pick(this.gateways)?.happen();
    else if (choice === 18) this.traffic.arriveLate();
    else if (choice === 19) this.traffic.answerLate();
    else if (choice === 20) this.traffic.sendersDie();
    else if (choice === 21) this.driver.stale();
    else if (choice === 22) this.operator();
    else this.record.pass(this.choose(3) === 0 ? DAY_MS * this.choose(9) : 600_000);
  }

  /** No more faults and no more wishes: everything under way arrives, and what is due is done until nothing is. */
  settleDown(): NextStep {
    this.traffic.calmDown();
    for (let steps = 0; steps < QUIET_STEPS_MAX; steps += 1) {
      this.record.pass(STEP_MS);
      this.traffic.readFacts();
      this.askUnconfirmed();
      const step = nextStep(this.state);
      if (step.step === 'none' || this.waitsForOthers(step)) return step;
      if (step.at !== null) this.record.passUntil(step.at);
      this.driver.drive();
    }
    throw new Error(`No rest: ${JSON.stringify(nextStep(this.state))}`);
  }

  /** What an operator called declined may have happened all the same. */
  private askUnconfirmed(): void {
    for (const operation of unconfirmedDeclines(this.state)) {
      const word = this.traffic.gatewayOf(operation).ask(operation.key);
      if (word.outcome === 'not_found') continue;
      this.traffic.answer({ intent: operation.intent, answer: word });
    }
  }

  private waitsForOthers(step: NextStep): boolean {
    if (step.step === 'ask_action') return this.state.stop !== null;
    // The gateway holds it for as long as it likes.
    return step.step === 'ask_authorization' && this.state.hold?.windowFrom === 'gateway';
  }

  private client(): void {
    const amount = `${1 + this.choose(12)}.00`;
    const wishes: readonly Step[] = [
      capture(this.choose(2) === 0 ? undefined : amount, { final: this.choose(3) === 0 }),
      cancel(),
      increment(amount),
      refund(this.choose(2) === 0 ? undefined : amount),
      refund(amount),
      retry(),
      approve(),
      reject(),
      riskAlarm(),
      resolve(),
    ];
    const wish = this.pick(wishes);
    if (wish !== undefined) this.driver.begun(() => this.record.run(wish));
  }

  /** Closes by hand what waits for a word, not always rightly. */
  private operator(): void {
    const operation = this.pick(this.state.operations);
    if (operation === undefined) return;
    const outcome = this.pick(['approved', 'declined', 'undone'] as const) ?? 'declined';
    const gateway = this.traffic.gatewayOf(operation);
    const known = gateway.ask(operation.key);
    if (outcome !== 'undone' && known.outcome !== 'not_found' && known.outcome !== outcome) return;
    // What is still under way may happen after all, whatever an operator says: that is declined only.
    if (outcome !== 'declined' && known.outcome === 'not_found') return;
    const resolved = this.record.decided({
      type: 'ResolvePayment',
      at: this.record.now,
      reason: 'by hand',
      operation: {
        intent: operation.intent,
        outcome,
        amount: known.outcome === 'approved' ? known.amount : null,
        gatewayReference: known.outcome === 'approved' ? known.reference : null,
      },
      gatewayAnswered: false,
      defaultExpiresAt: this.record.after(DAY_MS),
    });
    if (resolved && outcome === 'undone') gateway.giveBackByHand(operation.key);
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[this.choose(from.length)];
  }
}
