import type { RecordedEvent } from '../../event-store/event-store.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../../payments/payment-status.js';
import { evolvePayment } from '../../payments/payment.fold.js';
import { STATUS_RULE, TRANSITIONS } from '../../payments/payment.lifecycle.js';
import { nextStep, type NextStep } from '../../payments/payment.next-step.js';
import type { Operation, Payment } from '../../payments/payment.state.js';
import { openIntentOf } from '../../payments/payment.totals.js';
import { viewOf } from '../../payments/payment.view.js';
import { moneyRuleBreaches } from '../../verify/payment-money-rules.js';
import type { GatewayWorld } from './gateway-world.js';
import type { World } from './world.js';

/** Looks at every append at the moment at which it is durable, and keeps what it came to. */
export class StreamChecks {
  readonly payments = new Map<string, Payment>();
  /** What `nextStep` said of any state, with what it depends on. */
  readonly branches = new Set<string>();
  readonly statuses = new Set<PaymentStatus>();
  readonly #opened = new Map<string, string>();
  readonly #answered = new Set<string>();
  readonly #lastAt = new Map<string, string>();

  constructor(
    private readonly world: World,
    private readonly gateways: ReadonlyMap<string, GatewayWorld>,
  ) {
    world.log.watch((stream, stored) => this.#take(stream, stored));
  }

  #take(stream: string, stored: readonly RecordedEvent[]): void {
    let payment = this.payments.get(stream) ?? null;
    const moves: PaymentStatus[] = payment === null ? [] : [payment.status];
    try {
      for (const event of stored) {
        this.world.note(`${stream} ${JSON.stringify(event)}`);
        this.#place(stream, event, payment);
        payment = evolvePayment(payment, event);
        moves.push(payment.status);
        this.branches.add(branchOf(payment, nextStep(payment)));
        this.#calls(event);
        this.#word(payment, event);
      }
      if (payment === null) return;
      this.payments.set(stream, payment);
      this.#moves(stream, moves);
      this.#state(stream, payment);
    } catch (error) {
      this.world.violated(`${stream} does not fold: ${String(error)}`);
    }
  }

  /** I-7 and order in time. */
  #place(stream: string, event: RecordedEvent, before: Payment | null): void {
    const expected = (before?.revision ?? -1) + 1;
    if (event.revision !== expected) {
      this.world.violated(`I-7: ${stream} has ${event.revision} where ${expected} belongs`);
    }
    const { at } = event.metadata;
    if (at < (this.#lastAt.get(stream) ?? '')) {
      this.world.violated(`${stream}: time runs backwards at revision ${event.revision}`);
    }
    this.#lastAt.set(stream, at);
  }

  /** I-6: a call stands in its stream once, and is answered at most once. */
  #calls({ stream, metadata }: RecordedEvent): void {
    const { idempotency, answers = [] } = metadata;
    if (idempotency !== undefined) {
      if (this.#opened.has(idempotency)) this.world.violated(`I-6: ${idempotency} is opened twice`);
      this.#opened.set(idempotency, stream);
    }
    for (const answered of answers) {
      if (this.#opened.get(answered) !== stream) {
        this.world.violated(`I-6: ${answered} is answered where it was never opened`);
      }
      if (this.#answered.has(answered)) this.world.violated(`I-6: ${answered} is answered twice`);
      this.#answered.add(answered);
    }
  }

  /** I-11: what a stream says that a gateway said, the gateway has said. */
  #word(payment: Payment, event: RecordedEvent): void {
    // Every fact here is of an operation of ours, and none declines what stands as approved.
    if (event.type === 'FactUnmatched')
      this.world.violated(`a fact matches nothing of ${payment.id}`);
    const { intent } = event.data;
    if (typeof intent !== 'number' || !event.metadata.actor.startsWith('gateway:')) return;
    const operation = payment.operations[intent - 1];
    if (operation === undefined) return;
    const booked = this.gateways.get(operation.gateway)?.model.ask(operation.key).outcome;
    const name = `${operation.operation} ${operation.key} of ${payment.id}`;
    if (event.type.endsWith('Declined') && operation.outcome === 'declined') {
      if (operation.code === 'gateway_refused' && booked === 'not_found') return;
      if (booked !== 'declined' && !isOver(operation)) {
        this.world.violated(`I-11: ${name} is declined here and ${booked} there`);
      }
    }
    if (event.type === 'AttemptRefused' && booked !== 'not_found') {
      this.world.violated(`I-11: ${name} counts as never sent here and is ${booked} there`);
    }
  }

  /** I-17: as a whole, or step by step where one append holds several steps of the table. */
  #moves(stream: string, moves: readonly PaymentStatus[]): void {
    for (const status of moves) this.statuses.add(status);
    const whole = isPublished(moves[0], moves.at(-1));
    if (whole || moves.every((to, index) => isPublished(moves[index - 1], to))) return;
    this.world.violated(`I-17: ${stream} went along ${moves.join(', ')}`);
  }

  /** I-14, and that the payment can be shown. */
  #state(stream: string, payment: Payment): void {
    const breaches = moneyRuleBreaches(payment);
    for (const breach of breaches) this.world.violated(`I-14: ${stream}: ${breach}`);
    viewOf(payment);
  }
}

/** A step and what it depends on: the branches that a good set of seeds reaches. */
function branchOf(payment: Payment, step: NextStep): string {
  switch (step.step) {
    case 'none':
      return payment.stop === null ? 'none' : 'none while stopped';
    case 'ask_authorization':
      return `ask_authorization by ${payment.hold?.windowFrom}`;
    case 'learn':
      return `learn of ${openIntentOf(payment)?.outcome}`;
    case 'ask_action':
      return 'ask_action';
    case 'attempt':
      return `attempt ${step.operation} ${step.gateway === null ? 'anywhere' : 'there again'}`;
    case 'capture':
      return `capture by ${step.trigger}`;
    case 'void':
      return `void for ${step.cause}`;
    case 'undo':
      return `undo of ${payment.operations[step.target - 1]?.operation}`;
  }
}

/** Dropped together with what lies beneath it: no word of its own. */
function isOver(operation: Operation): boolean {
  return operation.operation === 'authorize' || operation.operation === 'purchase'
    ? operation.message === 'The gateway dropped the attempt before it was decided.'
    : false;
}

const BY_THE_RULE = new Set<PaymentStatus>(STATUS_RULE.map(({ status }) => status));
const PUBLISHED = new Set(
  PAYMENT_STATUSES.flatMap((from) =>
    PAYMENT_STATUSES.filter((to) => isStep(from, to)).map((to) => `${from} ${to}`),
  ),
);

function isPublished(from: PaymentStatus | undefined, to: PaymentStatus | undefined): boolean {
  if (from === undefined || to === undefined) return true;
  return from === to || PUBLISHED.has(`${from} ${to}`);
}

function isStep(from: PaymentStatus, to: PaymentStatus): boolean {
  if (BY_THE_RULE.has(from) && BY_THE_RULE.has(to)) return true;
  return TRANSITIONS.some(
    (transition) =>
      transition.from.includes(from) &&
      (transition.to.includes(to) ||
        (transition.to.includes('by_the_rule') && BY_THE_RULE.has(to))),
  );
}
