import fc from 'fast-check';
import {
  answered,
  approved,
  declined,
  dispute,
  lateApproval,
  pending,
  refundFailed,
  refundSucceeded,
  requiresAction,
  settled,
  takenOver,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  increment,
  initiated,
  purchased,
  refund,
  startCapture,
} from '../testing/payment-steps.js';
import { existing, given, type Step, type Steps } from '../testing/payment-story.js';
import { decide } from './payment.decide.js';
import { evolve, type PastPaymentEvent } from './payment.evolve.js';
import type { Payment } from './payment.state.js';
import { openIntentOf } from './payment.totals.js';
import { viewOf } from './payment.view.js';

/** What clients see of a payment, without the times and the number of events that led there. */
function seen(steps: readonly Steps[]) {
  const payment = existing(given(...steps).payment);
  const { updated_at: _at, revision: _revision, ...view } = viewOf(payment);
  const settlements = payment.operations.map((operation) =>
    'settlement' in operation ? operation.settlement : null,
  );
  return { ...view, settlements, stopped: payment.stop !== null };
}

const withoutTimes = (value: ReturnType<typeof seen>) =>
  JSON.parse(
    JSON.stringify(value, (name, item: unknown) =>
      /^(at|since|.*_at)$/.test(name) ? undefined : item,
    ),
  );

describe('the order in which facts arrive (I-18)', () => {
  const twoRefunds: readonly Steps[] = [
    automatic(),
    purchased(),
    refund('1.00'),
    answered(pending()),
    refund('2.00'),
    answered(pending()),
  ];
  const facts: readonly Step[] = [
    settled({ intent: 1 }),
    refundSucceeded({ intent: 2 }),
    refundFailed({ intent: 3 }),
    dispute('opened', { intent: 1, amount: '3.00', dispute: 'dis_a' }),
    dispute('lost', { intent: 1, amount: '3.00', dispute: 'dis_a' }),
    dispute('opened', { intent: 1, amount: '2.00', dispute: 'dis_b' }),
    dispute('won', { intent: 1, amount: '2.00', dispute: 'dis_b' }),
  ];
  const inOrder = withoutTimes(seen([...twoRefunds, ...facts]));
  const sorted = (view: { disputes: { id: string }[] }) => ({
    ...view,
    disputes: [...view.disputes].sort((a, b) => (a.id < b.id ? -1 : 1)),
  });

  it('is of no consequence, and neither are repeats', () => {
    const order = fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 });
    fc.assert(
      fc.property(order, (shuffled) => {
        const arrived = withoutTimes(seen([...twoRefunds, ...shuffled]));
        expect(sorted(arrived)).toEqual(sorted(inOrder));
      }),
    );
  });

  it.each<[string, readonly Steps[], readonly Steps[]]>([
    [
      'a settlement before the purchase was answered',
      [
        automatic(),
        attempt('purchase'),
        settled({ intent: 1 }),
        answered(approved(), { intent: 1 }),
      ],
      [automatic(), purchased(), settled({ intent: 1 })],
    ],
    [
      'a settlement before the capture was answered',
      [
        initiated(),
        authorized(),
        capture(),
        settled({ intent: 2 }),
        answered(approved(), { intent: 2 }),
      ],
      [initiated(), authorized(), capture(), answered(approved()), settled({ intent: 2 })],
    ],
    [
      'a dispute before the purchase was answered',
      [
        automatic(),
        attempt('purchase'),
        dispute('opened', { intent: 1 }),
        answered(approved(), { intent: 1 }),
      ],
      [automatic(), purchased(), dispute('opened', { intent: 1 })],
    ],
    [
      'a refund that is through before its call was answered',
      [
        automatic(),
        purchased(),
        refund('4.00'),
        refundSucceeded(),
        answered(approved(), { intent: 2 }),
      ],
      [automatic(), purchased(), refund('4.00'), answered(approved()), refundSucceeded()],
    ],
    [
      'the customer has acted before the answer that asks for it came',
      [
        initiated(),
        attempt(),
        lateApproval({ intent: 1 }),
        answered(requiresAction(), { intent: 1 }),
      ],
      [initiated(), attempt(), lateApproval({ intent: 1 })],
    ],
  ])('%s ends as in order', (_, early, late) => {
    const withoutReferences = (steps: readonly Steps[]) => withoutTimes(seen(steps));
    expect(withoutReferences(early)).toEqual(withoutReferences(late));
  });
});

interface Writer {
  readonly commands: readonly Step[];
}
interface Effect {
  readonly command: Step;
  /** The events that it appended; a code where it was refused. */
  readonly result: readonly unknown[] | string;
}

const START = '2026-03-01T10:00:00.000Z';

/** One stream with an expected revision; the writers read when they like and append if nobody was faster. */
class Shared {
  payment: Payment | null;
  readonly effects: Effect[] = [];

  constructor(steps: readonly Steps[]) {
    this.payment = given(...steps).payment;
  }

  append(expected: number, events: readonly PastPaymentEvent[]): boolean {
    if (expected !== this.payment?.revision) return false;
    this.payment = events.reduce<Payment | null>(evolve, this.payment);
    return true;
  }
}

function decided(payment: Payment | null, command: Step) {
  const made = command(payment, START);
  if (!('type' in made)) throw new Error('not a command');
  return decide(payment, made);
}

/** Runs both writers as the schedule says: each turn a writer reads, or appends what it decided on what it read. */
function interleaved(
  start: readonly Steps[],
  writers: readonly Writer[],
  schedule: readonly number[],
) {
  const stream = new Shared(start);
  const hands = writers.map(({ commands }) => ({
    commands,
    next: 0,
    read: null as Payment | null,
  }));
  const turns = [...schedule, ...schedule, ...hands.flatMap((_, index) => Array(60).fill(index))];
  for (const turn of turns) {
    const hand = hands[turn];
    const command = hand?.commands[hand.next];
    if (hand === undefined || command === undefined) continue;
    if (hand.read === null) {
      hand.read = stream.payment;
      continue;
    }
    const decision = decided(hand.read, command);
    // A refusal appends nothing: it stands as of what was read, so it is only kept where nobody was faster.
    const events = decision.accepted
      ? decision.events.map((event) => ({ ...event, at: START }))
      : [];
    const revision = hand.read.revision;
    hand.read = null;
    if (!stream.append(revision, events)) continue;
    stream.effects.push({ command, result: decision.accepted ? decision.events : decision.code });
    hand.next += 1;
  }
  return stream;
}

describe('two writers who decide anew when the other was faster', () => {
  const commands = fc.constantFrom<Step>(
    capture('3.00'),
    capture('6.00'),
    capture(undefined, { final: true }),
    cancel(),
    increment('15.00'),
    refund('4.00'),
    refund(),
    startCapture(),
    (payment, at) =>
      openIntentOf(existing(payment)) === null
        ? capture('1.00')(payment, at)
        : answered(approved())(payment, at),
    (payment, at) =>
      openIntentOf(existing(payment)) === null
        ? refund('1.00')(payment, at)
        : answered(declined())(payment, at),
    (payment, at) => takenOver(1)(payment, at),
    settled({ intent: 1 }),
    dispute('opened', { intent: 1, amount: '2.00' }),
  );
  const writer = fc.record({ commands: fc.array(commands, { minLength: 1, maxLength: 8 }) });
  const schedule = fc.array(fc.nat({ max: 1 }), { minLength: 20, maxLength: 60 });
  const starts = fc.constantFrom<readonly Steps[]>(
    [initiated(), authorized()],
    [automatic(), purchased()],
  );

  it('do what one after the other would have done', () => {
    fc.assert(
      fc.property(starts, fc.tuple(writer, writer), schedule, (start, writers, turns) => {
        const stream = interleaved(start, writers, turns);
        expect(stream.effects).toHaveLength(
          writers.reduce((total, { commands: all }) => total + all.length, 0),
        );
        // The serial order: that of the effects. Each writer's own order is kept in it by construction.
        let serial = given(...start).payment;
        for (const { command, result } of stream.effects) {
          const decision = decided(serial, command);
          expect(decision.accepted ? decision.events : decision.code).toEqual(result);
          if (decision.accepted) {
            const events = decision.events.map((event) => ({ ...event, at: START }));
            serial = events.reduce<Payment | null>(evolve, serial);
          }
        }
        expect(serial).toEqual(stream.payment);
        const { amountCaptured, amountAuthorized } = existing(serial);
        expect(amountCaptured <= amountAuthorized).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
