import type { PaymentCommand } from '../payments/payment.commands.js';
import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import { unconfirmedDeclines } from '../payments/payment.questions.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { GatewayTraffic } from './gateway-traffic.js';
import type { ModelGateway } from './model-gateway.js';
import { PaymentRecord } from './payment-record.js';
import {
  approve,
  automatic,
  cancel,
  capture,
  increment,
  initiated,
  nextKey,
  refund,
  reject,
  resolve,
  retry,
  REVIEW,
  riskAlarm,
} from './payment-steps.js';
import type { Step } from './payment-story.js';
import { seededRandom, type Choose } from './seeded-random.js';
import { unscoredRouting } from './unscored-routing.js';

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
  /** Kinds of steps that were due and taken. */
  readonly taken = new Set<NextStep['step']>();
  private readonly record = new PaymentRecord();
  private readonly traffic: GatewayTraffic;
  private readonly planned: PaymentCommand[] = [];

  constructor(private readonly choose: Choose) {
    this.traffic = new GatewayTraffic(this.record, choose);
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

  get gateways(): readonly ModelGateway[] {
    return this.traffic.gateways;
  }

  /** Lets something happen. */
  step(): void {
    this.record.pass(STEP_MS);
    const choice = this.choose(24);
    if (choice < 9) this.drive();
    else if (choice < 13) this.client();
    else if (choice < 15) this.traffic.readFacts();
    else if (choice < 18) this.pick(this.gateways)?.happen();
    else if (choice === 18) this.traffic.arriveLate();
    else if (choice === 19) this.traffic.answerLate();
    else if (choice === 20) this.traffic.sendersDie();
    else if (choice === 21) this.stale();
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
      this.drive();
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
    if (wish !== undefined) this.begun(() => this.record.run(wish));
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

  /** A process that slept does what it had planned, on the payment as it is now. */
  private stale(): void {
    const planned = [...this.planned];
    const command = this.pick(planned);
    if (command === undefined || !('key' in command)) return;
    const again = { ...command, at: this.record.now, key: nextKey(this.payment) };
    this.begun(() => this.record.decided(again));
  }

  private drive(): void {
    const step = nextStep(this.state);
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
          key: nextKey(this.payment),
          trigger: step.trigger,
        });
      case 'void':
        return this.own({
          type: 'StartVoid',
          at: this.record.now,
          key: nextKey(this.payment),
          cause: step.cause,
        });
      case 'undo':
        return this.own({
          type: 'StartUndo',
          at: this.record.now,
          key: nextKey(this.payment),
          target: step.target,
          refundId: `ref_${this.events.length}`,
        });
      case 'ask_action':
        return this.askAction(step);
      case 'ask_authorization':
        return this.askAuthorization(this.record.operation(step.intent));
    }
  }

  private own(command: PaymentCommand): void {
    this.planned.push(command);
    const done = this.begun(() => this.record.decided(command));
    if (!done) throw new Error(`${command.type} was due and did nothing`);
  }

  /** Who begins an operation lives to send it. */
  private begun(act: () => boolean): boolean {
    const before = this.state.operations.length;
    const done = act();
    if (this.state.operations.length > before) this.traffic.own(before + 1);
    return done;
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
    const key = nextKey(this.payment);
    const routing = unscoredRouting(gateway);
    this.own({ type: 'StartAttempt', at: this.record.now, key, operation, gateway, routing });
  }

  private askAction(step: Extract<NextStep, { step: 'ask_action' }>): void {
    const operation = this.record.operation(step.intent);
    const word = this.traffic.gatewayOf(operation).ask(operation.key);
    if (word.outcome === 'requires_action' || word.outcome === 'not_found') {
      if (this.traffic.calm) this.record.passUntil(step.voidAt);
      if (step.voidAt > this.record.now || this.state.stop !== null) return;
      const key = nextKey(this.payment);
      this.own({ type: 'StartVoid', at: this.record.now, key, cause: step.cause });
      return;
    }
    this.traffic.answer({ intent: step.intent, answer: word });
  }

  private askAuthorization(operation: Operation): void {
    const account = this.traffic.gatewayOf(operation).books.accounts.get(operation.reference ?? '');
    const gone = account?.state !== 'held';
    if (!gone && this.state.hold?.windowFrom === 'default') {
      this.own({
        type: 'StartVoid',
        at: this.record.now,
        key: nextKey(this.payment),
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
