import type { RecordedEvent } from '../event-store/event-store.js';
import { foldPayment } from '../payments/payment.fold.js';
import type {
  Attempt,
  Capture,
  Dispute,
  Operation,
  Payment,
  Refund,
} from '../payments/payment.state.js';
import { PAYMENT_LIVES, recordedLife } from '../testing/payment-lives.js';
import { moneyRuleBreaches } from './payment-money-rules.js';

const AT = '2026-03-01T10:00:00.000Z';
const IN_FLIGHT = { amount: 300n, outcome: 'pending' } as const;

describe('the money rules of a payment', () => {
  it.each(Object.entries(PAYMENT_LIVES))('hold after each event: %s', (_name, life) => {
    const events = recordedLife(life).map(ofItsOwn);
    for (const { revision, type } of events) {
      // Broken by a fact until it is recorded as such.
      if (events[revision + 1]?.type === 'MoneyRuleBroken') continue;
      const payment = foldPayment(events.slice(0, revision + 1));
      expect([type, moneyRuleBreaches(payment!)]).toEqual([type, []]);
    }
  });

  const rich = payment({
    operations: [purchase(1), refund(2, { amount: 700n }), refund(3, IN_FLIGHT)],
    disputes: [dispute(200n)],
    amountCaptured: 2500n,
    amountRefunded: 700n,
    amountRefunding: 300n,
    amountChargedBack: 200n,
  });

  it('hold where all totals are what operations and disputes come to', () => {
    expect(moneyRuleBreaches(rich)).toEqual([]);
  });

  it.each(['amountCaptured', 'amountRefunded', 'amountRefunding', 'amountChargedBack'] as const)(
    'are broken by an %s that the operations do not come to',
    (name) => {
      const wrong = { ...rich, [name]: rich[name] + 1n };
      const text = `${name} is ${rich[name] + 1n}, its operations say ${rich[name]}`;
      expect(moneyRuleBreaches(wrong)).toEqual([text]);
    },
  );

  it.each<[string, Operation[]]>([
    ['a purchase that was voided', [purchase(1, { voided: true })]],
    ['a purchase that is to be given back', [purchase(1, { undo: 'due' })]],
    ['a declined purchase', [purchase(1, { outcome: 'declined' })]],
    ['an authorization', [purchase(1, { operation: 'authorize' })]],
    ['the refund of another approval', [purchase(1, { undo: 'done' }), undoing(2)]],
    ['a declined refund', [purchase(1, { voided: true }), refund(2, { outcome: 'declined' })]],
  ])('count nothing for %s', (_name, operations) => {
    expect(moneyRuleBreaches(payment({ operations }))).toEqual([]);
  });

  it('count captures, each', () => {
    const operations = [purchase(1, { operation: 'authorize' }), capture(2), capture(3)];
    expect(moneyRuleBreaches(payment({ operations, amountCaptured: 2000n }))).toEqual([]);
  });

  it.each<[string, Dispute, bigint]>([
    ['an open dispute', dispute(200n), 200n],
    ['a lost dispute', dispute(200n, { status: 'lost' }), 200n],
    ['a dispute that was won', dispute(200n, { status: 'won' }), 0n],
    ['a dispute of an approval that is given back', dispute(200n, { intent: 2 }), 0n],
  ])('count %s', (_name, one, amountChargedBack) => {
    const operations = [purchase(1), purchase(2, { undo: 'due' })];
    const counted = { operations, disputes: [one], amountCaptured: 2500n, amountChargedBack };
    expect(moneyRuleBreaches(payment(counted))).toEqual([]);
  });

  it('count the dispute of a capture', () => {
    const operations = [purchase(1, { operation: 'authorize' }), capture(2)];
    const disputes = [dispute(200n, { intent: 2 })];
    const totals = { amountCaptured: 1000n, amountChargedBack: 200n };
    expect(moneyRuleBreaches(payment({ operations, disputes, ...totals }))).toEqual([]);
  });

  it('are broken by more captured than authorized, unless that is recorded', () => {
    const operations = [purchase(1, { operation: 'authorize' }), capture(2, { amount: 2600n })];
    const over = payment({ operations, amountCaptured: 2600n });
    expect(moneyRuleBreaches(over)).toEqual(['money rules are broken by 100, recorded are 0']);
    expect(moneyRuleBreaches({ ...over, knownExcess: 100n })).toEqual([]);
    expect(moneyRuleBreaches({ ...over, knownExcess: 99n })).toHaveLength(1);
  });

  it('are broken by more given back, on its way back and charged back than captured', () => {
    const { operations } = rich;
    const disputes = [dispute(1501n)];
    const over = { ...rich, operations, disputes, amountChargedBack: 1501n };
    expect(moneyRuleBreaches(over)).toEqual(['money rules are broken by 1, recorded are 0']);
    expect(
      moneyRuleBreaches({ ...over, disputes: [dispute(1500n)], amountChargedBack: 1500n }),
    ).toEqual([]);
  });

  it('are broken by an amount below zero', () => {
    const operations = [purchase(1), refund(2, { amount: -1n })];
    const below = payment({ operations, amountCaptured: 2500n, amountRefunded: -1n });
    expect(moneyRuleBreaches(below)).toEqual([
      'amountRefunded is negative',
      'intent 2 is negative',
    ]);
    const none = payment({ operations: [purchase(1, { amount: 0n })] });
    expect(moneyRuleBreaches(none)).toEqual([]);
  });

  it.each<[string, Operation, Operation]>([
    ['two open', capture(2, { outcome: 'open' }), capture(3, { outcome: 'unknown' })],
    ['one pending', capture(2, { outcome: 'pending' }), capture(3, { outcome: 'open' })],
  ])('are broken by two intents at once: %s', (_name, one, other) => {
    const operations = [purchase(1, { operation: 'authorize' }), one, other];
    expect(moneyRuleBreaches(payment({ operations }))).toEqual(['2 intents are open']);
  });

  it('are broken by a refund that is sent while another is', () => {
    const sent = { amount: 100n, outcome: 'open' } as const;
    const operations = [purchase(1), refund(2, sent), refund(3, sent)];
    const both = payment({ operations, amountCaptured: 2500n, amountRefunding: 200n });
    expect(moneyRuleBreaches(both)).toEqual(['2 intents are open']);
  });

  it('let an intent be open beside a refund that the gateway has still to carry out', () => {
    const operations = [purchase(1), refund(2, IN_FLIGHT), refund(3, { outcome: 'open' })];
    const beside = payment({ operations, amountCaptured: 2500n, amountRefunding: 400n });
    expect(moneyRuleBreaches(beside)).toEqual([]);
  });

  it('are broken by two approvals that a payment rests on at once (I-13)', () => {
    const captured = { amountAuthorized: 5000n, amountCaptured: 5000n };
    const two = payment({ operations: [purchase(1), purchase(2)], ...captured });
    expect(moneyRuleBreaches(two)).toEqual(['the payment rests on 2 approvals']);
    const authorized = purchase(2, { operation: 'authorize' });
    const mixed = payment({ operations: [purchase(1), authorized], amountCaptured: 2500n });
    expect(moneyRuleBreaches(mixed)).toEqual(['the payment rests on 2 approvals']);
  });

  it.each<[string, Partial<Attempt>, Partial<Payment>]>([
    ['of an earlier life', { operation: 'authorize' }, { lifeFrom: 1 }],
    ['that was voided', { operation: 'authorize', voided: true }, {}],
    ['that is to be given back', { undo: 'due' }, {}],
    ['that was declined', { outcome: 'declined' }, {}],
  ])('let a payment rest on one beside one %s', (_name, other, more) => {
    const operations = [purchase(1, other), purchase(2)];
    expect(moneyRuleBreaches(payment({ operations, amountCaptured: 2500n, ...more }))).toEqual([]);
  });

  it('are broken by two approvals of one life, whatever stood before it', () => {
    const held = { operation: 'authorize' } as const;
    const operations = [purchase(1, held), purchase(2, held), purchase(3, held)];
    const one = payment({ operations, lifeFrom: 1 });
    expect(moneyRuleBreaches(one)).toEqual(['the payment rests on 3 approvals']);
    expect(moneyRuleBreaches({ ...one, lifeFrom: 2 })).toEqual([]);
  });

  it('are broken by intents out of order, a shared key and a fact that counts twice', () => {
    const swapped = payment({ operations: [purchase(2)], amountCaptured: 2500n });
    expect(moneyRuleBreaches(swapped)).toEqual(['intent 2 is out of order']);
    const shared = { ...rich, operations: rich.operations.map((one) => ({ ...one, key: 'one' })) };
    expect(moneyRuleBreaches(shared)).toEqual(['two intents share a key']);
    expect(moneyRuleBreaches({ ...rich, facts: ['a/1', 'b/1'] })).toEqual([]);
    const twice = { ...rich, facts: ['a/1', 'a/1'] };
    expect(moneyRuleBreaches(twice)).toEqual(['a fact counts twice']);
  });
});

/** The golden samples share one key. */
function ofItsOwn(event: RecordedEvent): RecordedEvent {
  if (!('key' in event.data)) return event;
  return { ...event, data: { ...event.data, key: `key_${event.revision}` } };
}

/** Authorized for 2500 of whatever currency; nothing has moved. */
function payment(parts: Partial<Payment>): Payment {
  const begun = foldPayment(recordedLife([['PaymentInitiated']]));
  if (begun === null) throw new Error('a payment begins with its first event');
  return { ...begun, amountAuthorized: 2500n, ...parts };
}

function core(intent: number) {
  const word = { outcome: 'approved', code: null, message: null, reference: null } as const;
  const sent = { requestedAt: AT, updatedAt: AT, revision: intent };
  return { intent, key: `key_${intent}`, gateway: 'alpha', ...sent, ...word };
}

function purchase(intent: number, parts: Partial<Attempt> = {}): Attempt {
  const action = { redirectUrl: null, actionTimesOutAt: null };
  const rests = { undo: 'no', voided: false, settlement: 'none' } as const;
  return { ...core(intent), operation: 'purchase', amount: 2500n, ...action, ...rests, ...parts };
}

function capture(intent: number, parts: Partial<Capture> = {}): Capture {
  const own = { final: false, trigger: 'command', settlement: 'none' } as const;
  return { ...core(intent), operation: 'capture', amount: 1000n, ...own, ...parts };
}

function refund(intent: number, parts: Partial<Refund> = {}): Refund {
  const own = { refundId: `ref_${intent}`, target: 1, cause: 'command', reason: null } as const;
  const amount = 100n;
  return { ...core(intent), operation: 'refund', amount, failedInFeed: false, ...own, ...parts };
}

function undoing(intent: number): Refund {
  return refund(intent, { cause: 'undo', amount: 2500n });
}

function dispute(amount: bigint, parts: Partial<Dispute> = {}): Dispute {
  return { id: 'dis_1', intent: 1, amount, status: 'open', openedAt: AT, ...parts };
}
