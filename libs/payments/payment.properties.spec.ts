import fc from 'fast-check';
import { moneyRuleBreaches } from '../verify/payment-money-rules.js';
import {
  answered,
  approved,
  askedAuthorization,
  declined,
  dispute,
  gone,
  lateApproval,
  lateDecline,
  pending,
  refundFailed,
  refundSucceeded,
  refused,
  requiresAction,
  settled,
  settlementFailed,
  takenOver,
  unknown,
} from '../testing/gateway-words.js';
import {
  approve,
  attempt,
  automatic,
  cancel,
  capture,
  confirm,
  increment,
  initiated,
  refund,
  reject,
  resolve,
  retry,
  REVIEW,
  riskAlarm,
  startCapture,
  startUndo,
  startVoid,
} from '../testing/payment-steps.js';
import type { Step } from '../testing/payment-story.js';
import { isCurrency } from '../money/currency.js';
import { decide } from './payment.decide.js';
import { evolve, type PastPaymentEvent } from './payment.evolve.js';
import { foldPayment } from './payment.fold.js';
import { nextStep } from './payment.next-step.js';
import type { PaymentEvent } from './payment.events.js';
import type { Payment } from './payment.state.js';
import { EVENT_VERSIONS } from './payment.upcasters.js';
import { viewOf } from './payment.view.js';

/** Anything that may be asked or told, sensible or not: amounts, intents and order are free. */
interface Wish {
  readonly kind: number;
  readonly intent: number;
  readonly amount: number;
  readonly flag: boolean;
}

const wishes = fc.record({
  kind: fc.nat({ max: 46 }),
  intent: fc.integer({ min: 1, max: 12 }),
  amount: fc.integer({ min: 1, max: 1500 }),
  flag: fc.boolean(),
});
const lives = fc.record({
  first: fc.constantFrom(
    initiated(),
    automatic(),
    initiated('10.00', { risk: REVIEW }),
    initiated('10.00', { captureAfterS: 60 }),
  ),
  wishes: fc.array(wishes, { maxLength: 60, size: 'max' }),
});

function stepOf({ kind, intent, amount: cents, flag }: Wish, payment: Payment): Step | null {
  const amount = (cents / 100).toFixed(2);
  const known = payment.operations.length === 0 ? null : 1 + (intent % payment.operations.length);
  const client: readonly Step[] = [
    capture(flag ? undefined : amount, { final: flag }),
    capture(amount),
    cancel(),
    increment(amount),
    refund(flag ? undefined : amount),
    refund(amount),
    retry(),
    approve(),
    reject(),
    confirm(),
    resolve(),
    riskAlarm(),
    attempt(flag ? 'authorize' : 'purchase', flag ? 'alpha' : 'beta'),
    attempt(flag ? 'authorize' : 'purchase', flag ? 'alpha' : 'beta'),
    startCapture(flag ? 'automatic' : 'timer'),
    startVoid(flag ? 'cancel' : 'action_timed_out'),
    startVoid(flag ? 'capture_declined' : 'expiry'),
    askedAuthorization(flag),
  ];
  if (known === null || kind < client.length) return client[kind] ?? null;
  const open = { soleSender: flag };
  const told: readonly Step[] = [
    answered(approved(), open),
    answered(approved(), open),
    answered(approved(), open),
    answered(approved(amount), open),
    answered(declined(flag ? 'do_not_honor' : 'insufficient_funds'), open),
    answered(requiresAction(), open),
    answered(pending(), open),
    answered(refused(flag ? 'rejected' : 'not_sent'), open),
    answered(unknown(), open),
    answered(approved(amount, { gone: flag }), { intent: known }),
    answered(declined('generic_decline', flag), { intent: known }),
    takenOver(known),
    startUndo(known),
    resolve({ intent: known, outcome: flag ? 'declined' : 'undone' }),
    resolve({ intent: known, outcome: 'approved', amount }),
    settled({ intent: known, id: `s${cents}` }),
    settlementFailed({ intent: known, id: `f${cents}` }),
    refundSucceeded({ intent: known, id: `r${cents}`, ...(flag ? { amount } : {}) }),
    refundFailed({ intent: known, id: `x${cents}` }),
    gone({ intent: known }),
    lateApproval({ intent: known, id: `a${cents}`, ...(flag ? { amount } : {}) }),
    lateDecline({ intent: known, id: `d${cents}` }),
    dispute('opened', { intent: known, amount, dispute: `dis_${intent}` }),
    dispute('won', { intent: known, amount, dispute: `dis_${intent}` }),
    dispute('lost', { intent: known, amount, dispute: `dis_${intent}` }),
    settled({ intent: known, key: 'nobody', id: `u${cents}` }),
  ];
  return told[kind - client.length] ?? null;
}

const TOLD: ReadonlySet<string> = new Set(['RecordAnswer', 'RecordFact']);

interface Played {
  readonly payment: Payment;
  readonly events: readonly PastPaymentEvent[];
}

/** Plays a life; `watch` sees each decided append with the payment before and after. */
function played(
  life: { readonly first: Step; readonly wishes: readonly Wish[] },
  watch: (append: {
    readonly before: Payment;
    readonly after: Payment;
    readonly events: readonly PaymentEvent[];
    readonly step: Step;
    readonly at: string;
  }) => void = () => {},
): Played {
  const events: PastPaymentEvent[] = [];
  let payment = taken(null, life.first, START).payment;
  events.push(...taken(null, life.first, START).events);
  life.wishes.forEach((wish, index) => {
    const at = new Date(Date.parse(START) + index * 1000).toISOString();
    const step = stepOf(wish, payment);
    if (step === null) return;
    const next = taken(payment, step, at);
    watch({ before: payment, after: next.payment, events: next.events, step, at });
    events.push(...next.events);
    payment = next.payment;
  });
  return { payment, events };
}

const START = '2026-03-01T10:00:00.000Z';

function taken(payment: Payment | null, step: Step, at: string): Played {
  const made = step(payment, at);
  if (!('type' in made)) throw new Error('not a command');
  const decision = decide(payment, made);
  const events = decision.accepted ? decision.events.map((event) => ({ ...event, at })) : [];
  const after = events.reduce<Payment | null>(evolve, payment);
  if (after === null) throw new Error('no payment');
  return { payment: after, events };
}

describe('whatever a client asks and a gateway tells', () => {
  it('keeps the money rules, or records the breach in the same append (I-14)', () => {
    fc.assert(
      fc.property(lives, (life) => {
        played(life, ({ after, events }) => {
          expect(moneyRuleBreaches(after)).toEqual([]);
          if (after.knownExcess > 0n && after.stop === null) {
            // Only an operator lifts a stop while a rule is broken.
            expect(events.some(({ type }) => type === 'MoneyRuleBroken')).toBe(false);
          }
        });
      }),
      { numRuns: 800 },
    );
  });

  it('lets no command of a client or step of our own break a rule: only a fact does', () => {
    fc.assert(
      fc.property(lives, (life) => {
        played(life, ({ before, step, at, events }) => {
          if (!events.some(({ type }) => type === 'MoneyRuleBroken')) return;
          const made = step(before, at);
          const told = ['RecordAnswer', 'RecordFact', 'ResolvePayment'];
          expect('type' in made && told.includes(made.type)).toBe(true);
        });
      }),
    );
  });

  it('is told by its stored events alone, which are plain JSON (I-31)', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { payment, events } = played(life);
        const stored = events.map(({ at, type, data }) => ({
          type,
          version: EVENT_VERSIONS[type],
          data: JSON.parse(JSON.stringify(data)),
          metadata: { at },
        }));
        expect(stored.map(({ data }) => data)).toEqual(events.map(({ data }) => data));
        expect(foldPayment(stored)).toEqual(payment);
        expect(isCurrency(payment.currency)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('always has a next step and a view', () => {
    fc.assert(
      fc.property(lives, (life) => {
        played(life, ({ after }) => {
          expect(nextStep(after).step).toEqual(expect.any(String));
          expect(viewOf(after).status).toBe(after.status);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('takes each answer and fact once: told again it adds nothing (I-18)', () => {
    fc.assert(
      fc.property(lives, (life) => {
        played(life, ({ before, after, step, at }) => {
          const made = step(before, at);
          if (!('type' in made) || !TOLD.has(made.type)) return;
          expect(decide(after, made)).toEqual({ accepted: true, events: [] });
        });
      }),
      { numRuns: 300 },
    );
  });

  it('opens no attempt while another approval is still to be given back', () => {
    fc.assert(
      fc.property(lives, (life) => {
        played(life, ({ before, events }) => {
          const opens = events.some(
            ({ type }) => type === 'AuthorizationRequested' || type === 'PurchaseRequested',
          );
          const due = before.operations.some(
            (operation) =>
              operation.operation === 'authorize' &&
              operation.outcome === 'approved' &&
              operation.undo === 'due',
          );
          expect(opens && due).toBe(false);
        });
      }),
      { numRuns: 300 },
    );
  });
});
