import { decide } from '../payments/payment.decide.js';
import type { GatewayAnswer } from '../payments/gateway-answer.js';
import type { PaymentCommand } from '../payments/payment.commands.js';
import type { PaymentEvent, PaymentEventType } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import { unconfirmedDeclines } from '../payments/payment.questions.js';
import type { PaymentStatus } from '../payments/payment-status.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { viewOf } from '../payments/payment.view.js';
import { ModelGateway, type Choose, type ModelCall } from './model-gateway.js';
import { moneyRuleBreaches } from '../verify/payment-money-rules.js';
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
import { existing, type Step } from './payment-story.js';
import { seededRandom } from './seeded-random.js';
import { unscoredRouting } from './unscored-routing.js';

const GATEWAYS = ['alpha', 'beta', 'gamma'] as const;
const START_MS = Date.UTC(2026, 2, 1);
const STEP_MS = 1000;
/** A run that is not at rest after as many steps of its own goes round in circles. */
const QUIET_STEPS_MAX = 400;

interface Held {
  readonly intent: number;
  readonly answer: GatewayAnswer;
}

/** A life is a seed, and how many things happen in it before it is left alone. */
export function playedLife(life: { readonly seed: number; readonly steps: number }): PaymentWorld {
  const random = seededRandom(life.seed);
  const world = new PaymentWorld((bound) => Math.floor(random() * bound));
  for (let step = 0; step < life.steps; step += 1) world.step();
  return world;
}

/**
 * One payment, its gateways with books of their own, and everything in between that goes wrong: calls that arrive late
 * or never, answers that are lost or late, senders that die, facts that come twice. All of it is chosen from outside.
 */
export class PaymentWorld {
  payment: Payment | null = null;
  readonly events: (PaymentEvent & { readonly at: string })[] = [];
  readonly moves: { from: PaymentStatus; to: PaymentStatus; by: PaymentEventType[] }[] = [];
  /** Kinds of steps that were due and taken. */
  readonly taken = new Set<NextStep['step']>();
  readonly gateways: readonly ModelGateway[];
  /** Facts recorded again or in another order than told would be noise here: what was read of each feed. */
  private readonly read = new Map<string, number>();
  /** Intents whose sender still lives and met nothing but refusals so far. */
  private readonly owned = new Set<number>();
  private readonly underWay: ModelCall[] = [];
  private readonly late: Held[] = [];
  private readonly planned: PaymentCommand[] = [];
  private nowMs = START_MS;
  private calm = false;

  constructor(private readonly choose: Choose) {
    this.gateways = GATEWAYS.map((name) => new ModelGateway(name, choose));
    const risk = choose(8) === 0 ? { risk: REVIEW } : {};
    const timer = choose(4) === 0 ? { captureAfterS: 100 } : {};
    this.run(
      choose(2) === 0 ? automatic('10.00', risk) : initiated('10.00', { ...risk, ...timer }),
    );
  }

  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  get state(): Payment {
    return existing(this.payment);
  }

  /** Lets something happen. */
  step(): void {
    this.nowMs += STEP_MS;
    const choice = this.choose(24);
    if (choice < 9) this.drive();
    else if (choice < 13) this.client();
    else if (choice < 15) this.readFacts();
    else if (choice < 18) this.pick(this.gateways)?.happen();
    else if (choice === 18) this.arriveLate();
    else if (choice === 19) this.answerLate();
    else if (choice === 20) this.owned.clear();
    else if (choice === 21) this.stale();
    else if (choice === 22) this.operator();
    else this.nowMs += this.choose(3) === 0 ? 86_400_000 * this.choose(9) : 600_000;
  }

  /** No more faults and no more wishes: everything under way arrives, and what is due is done until nothing is. */
  settleDown(): NextStep {
    this.calm = true;
    this.owned.clear();
    while (this.underWay.length > 0) this.arriveLate();
    while (this.late.length > 0) this.answerLate();
    for (const gateway of this.gateways) gateway.finish();
    for (let steps = 0; steps < QUIET_STEPS_MAX; steps += 1) {
      this.nowMs += STEP_MS;
      this.readFacts();
      this.askUnconfirmed();
      const step = nextStep(this.state);
      if (step.step === 'none' || this.waitsForOthers(step)) return step;
      if (step.at !== null && step.at > this.now) this.nowMs = Date.parse(step.at);
      this.drive();
    }
    throw new Error(`No rest: ${JSON.stringify(nextStep(this.state))}`);
  }

  /** What an operator called declined may have happened all the same. */
  private askUnconfirmed(): void {
    for (const operation of unconfirmedDeclines(this.state)) {
      const word = this.gateway(operation).ask(operation.key);
      if (word.outcome === 'not_found') continue;
      this.answer({ intent: operation.intent, answer: word }, false);
    }
  }

  private waitsForOthers(step: NextStep): boolean {
    if (step.step === 'ask_action') return this.state.stop !== null;
    // The gateway holds it for as long as it likes.
    return step.step === 'ask_authorization' && this.state.hold?.windowFrom === 'gateway';
  }

  private run(step: Step): boolean {
    const made = step(this.payment, this.now);
    if (!('type' in made)) throw new Error('not a command');
    return this.decided(made);
  }

  private decided(command: PaymentCommand): boolean {
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
    if (wish === undefined) return;
    const before = this.state.operations.length;
    if (this.run(wish) && this.state.operations.length > before) this.owned.add(before + 1);
  }

  /** Closes by hand what waits for a word, not always rightly. */
  private operator(): void {
    const operation = this.pick(this.state.operations);
    if (operation === undefined) return;
    const outcome = this.pick(['approved', 'declined', 'undone'] as const) ?? 'declined';
    const known = this.gateway(operation).ask(operation.key);
    if (outcome !== 'undone' && known.outcome !== 'not_found' && known.outcome !== outcome) return;
    // What is still under way may happen after all, whatever an operator says: that is declined only.
    if (outcome !== 'declined' && known.outcome === 'not_found') return;
    const resolved = this.decided({
      type: 'ResolvePayment',
      at: this.now,
      reason: 'by hand',
      operation: {
        intent: operation.intent,
        outcome,
        amount: known.outcome === 'approved' ? known.amount : null,
        gatewayReference: known.outcome === 'approved' ? known.reference : null,
      },
      gatewayAnswered: false,
      defaultExpiresAt: this.after(86_400_000),
    });
    if (resolved && outcome === 'undone') this.gateway(operation).giveBackByHand(operation.key);
  }

  /** A process that slept does what it had planned, on the payment as it is now. */
  private stale(): void {
    const planned = [...this.planned];
    const command = this.pick(planned);
    if (command === undefined || !('key' in command)) return;
    const before = this.state.operations.length;
    this.decided({ ...command, at: this.now, key: nextKey(this.payment) });
    if (this.state.operations.length > before) this.owned.add(before + 1);
  }

  private drive(): void {
    const step = nextStep(this.state);
    if ('at' in step && step.at !== null && step.at > this.now) return;
    this.taken.add(step.step);
    switch (step.step) {
      case 'none':
        return;
      case 'learn':
        return this.learn(this.operation(step.intent));
      case 'attempt':
        return this.attempt(step);
      case 'capture':
        return this.own({
          type: 'StartCapture',
          at: this.now,
          key: nextKey(this.payment),
          trigger: step.trigger,
        });
      case 'void':
        return this.own({
          type: 'StartVoid',
          at: this.now,
          key: nextKey(this.payment),
          cause: step.cause,
        });
      case 'undo':
        return this.own({
          type: 'StartUndo',
          at: this.now,
          key: nextKey(this.payment),
          target: step.target,
          refundId: `ref_${this.events.length}`,
        });
      case 'ask_action':
        return this.askAction(step);
      case 'ask_authorization':
        return this.askAuthorization(this.operation(step.intent));
    }
  }

  private own(command: PaymentCommand): void {
    const before = this.state.operations.length;
    this.planned.push(command);
    if (!this.decided(command)) throw new Error(`${command.type} was due and did nothing`);
    if (this.state.operations.length > before) this.owned.add(before + 1);
  }

  private attempt(step: Extract<NextStep, { step: 'attempt' }>): void {
    const gateway = step.gateway ?? this.pick(this.untried(step.tried));
    if (gateway === undefined) {
      this.decided({
        type: 'FailPayment',
        at: this.now,
        code: 'no_gateway_available',
        message: 'None left.',
      });
      return;
    }
    // Some gateways know no purchase.
    const operation = gateway === 'gamma' ? 'authorize' : step.operation;
    const key = nextKey(this.payment);
    const routing = unscoredRouting(gateway);
    this.own({ type: 'StartAttempt', at: this.now, key, operation, gateway, routing });
  }

  private untried(tried: readonly string[]): readonly string[] {
    return GATEWAYS.filter((name) => !tried.includes(name));
  }

  private learn(operation: Operation): void {
    if (operation.outcome === 'open' && this.owned.has(operation.intent)) {
      this.send(operation, true);
      return;
    }
    if (operation.outcome === 'open') {
      this.decided({
        type: 'TakeOver',
        at: this.now,
        intent: operation.intent,
        reason: 'taken over',
      });
      return;
    }
    const word = this.gateway(operation).ask(operation.key);
    if (word.outcome === 'not_found') this.send(operation, false);
    else this.answer({ intent: operation.intent, answer: word }, false);
  }

  /** One send of an intent, and what becomes of it on the way. */
  private send(operation: Operation, ownSend: boolean): void {
    const call = this.callOf(operation);
    const { intent } = operation;
    const unknown: GatewayAnswer = { outcome: 'unknown', message: 'timeout' };
    switch (this.calm ? 0 : this.choose(8)) {
      default: {
        const answer = this.gateway(operation).perform(call);
        this.answer({ intent, answer }, ownSend);
        return;
      }
      case 1:
        this.gateway(operation).perform(call);
        this.answer({ intent, answer: unknown }, ownSend);
        return;
      case 2:
        this.underWay.push(call);
        this.answer({ intent, answer: unknown }, ownSend);
        return;
      case 3:
        this.late.push({ intent, answer: this.gateway(operation).perform(call) });
        this.owned.delete(intent);
        return;
      case 4: {
        const reasons = ['rejected', 'rate_limited', 'not_sent'] as const;
        const reason = this.pick(reasons) ?? 'rejected';
        this.answer({ intent, answer: { outcome: 'refused', reason, message: '' } }, ownSend);
        return;
      }
    }
  }

  private answer({ intent, answer }: Held, soleSender: boolean): void {
    const operation = this.operation(intent);
    const tried = this.state.operations.slice(this.state.lifeFrom).map(({ gateway }) => gateway);
    this.decided({
      type: 'RecordAnswer',
      at: this.now,
      intent,
      answer,
      soleSender: soleSender && operation.outcome === 'open',
      otherGateway: this.untried(tried).length > 0,
      defaultExpiresAt: this.after(86_400_000),
      actionTimesOutAt: this.after(1_800_000),
    });
    if (answer.outcome !== 'refused') this.owned.delete(intent);
  }

  private askAction(step: Extract<NextStep, { step: 'ask_action' }>): void {
    const operation = this.operation(step.intent);
    const word = this.gateway(operation).ask(operation.key);
    if (word.outcome === 'requires_action' || word.outcome === 'not_found') {
      if (this.calm && step.voidAt > this.now) this.nowMs = Date.parse(step.voidAt);
      if (step.voidAt > this.now || this.state.stop !== null) return;
      const key = nextKey(this.payment);
      this.own({ type: 'StartVoid', at: this.now, key, cause: step.cause });
      return;
    }
    this.answer({ intent: step.intent, answer: word }, false);
  }

  private askAuthorization(operation: Operation): void {
    const account = this.gateway(operation).accounts.get(operation.reference ?? '');
    const gone = account?.state !== 'held';
    if (!gone && this.state.hold?.windowFrom === 'default') {
      this.own({ type: 'StartVoid', at: this.now, key: nextKey(this.payment), cause: 'expiry' });
      return;
    }
    const expiresAt = gone ? null : this.after(86_400_000);
    this.decided({ type: 'RecordAuthorizationWord', at: this.now, gone, expiresAt });
  }

  private readFacts(): void {
    for (const gateway of this.gateways) {
      const from = this.read.get(gateway.name) ?? 0;
      const again = this.choose(4) === 0 ? 1 : 0;
      const facts = gateway.feed.slice(Math.max(0, from - again));
      const count = this.calm ? facts.length : Math.min(facts.length, 1 + this.choose(3));
      for (const fact of facts.slice(0, count)) {
        const word = gateway.ask(fact.key);
        this.decided({
          type: 'RecordFact',
          at: this.now,
          gateway: gateway.name,
          fact: { ...fact, at: this.now },
          approvedAmount: word.outcome === 'approved' ? word.amount : null,
          defaultExpiresAt: this.after(86_400_000),
        });
        const place = gateway.feed.indexOf(fact) + 1;
        this.read.set(gateway.name, Math.max(this.read.get(gateway.name) ?? 0, place));
      }
    }
  }

  private arriveLate(): void {
    const [call] = this.underWay.splice(this.choose(this.underWay.length || 1), 1);
    if (call === undefined) return;
    const operation = this.state.operations.find(({ key }) => key === call.key);
    if (operation !== undefined) this.gateway(operation).perform(call);
  }

  private answerLate(): void {
    const [held] = this.late.splice(this.choose(this.late.length || 1), 1);
    if (held !== undefined) this.answer(held, false);
  }

  private callOf(operation: Operation): ModelCall {
    const { key, amount } = operation;
    const request = this.events.find(
      ({ type, data }) => type.endsWith('Requested') && 'key' in data && data.key === key,
    );
    const about =
      request !== undefined && 'reference' in request.data ? request.data.reference : null;
    const final = operation.operation === 'capture' && operation.final;
    return { operation: operation.operation, key, amount, final, about };
  }

  private operation(intent: number): Operation {
    const operation = this.state.operations[intent - 1];
    if (operation === undefined) throw new Error(`no intent ${intent}`);
    return operation;
  }

  private gateway(operation: Operation): ModelGateway {
    const gateway = this.gateways.find(({ name }) => name === operation.gateway);
    if (gateway === undefined) throw new Error(`no gateway ${operation.gateway}`);
    return gateway;
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[this.choose(from.length)];
  }

  private after(ms: number): string {
    return new Date(this.nowMs + ms).toISOString();
  }
}
