import fc from 'fast-check';
import { type BookRecord, type Books, emptyBooks, type Operation, OPERATIONS } from './books.js';
import { decide } from './books.decide.js';
import { decideAct, decideDisputeEnd, decideDisputeOpening, decideDue } from './books.events.js';
import { evolve } from './books.evolve.js';
import { type Faults, NO_FAULTS } from './faults.js';
import type { OperationRequest } from './operation-request.js';
import { disputeIdOf, findByReference, referenceOf } from './references.js';

const PAYMENT = 'pay_1';

const call = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  amount: fc.bigInt({ min: 1n, max: 12n }),
  token: fc.constantFrom(
    'tok_approve',
    'tok_approve',
    'tok_approve',
    'tok_partial_approval',
    'tok_action_required',
    'tok_decline_do_not_honor',
    'tok_refund_fails',
  ),
  on: fc.nat(5),
  final: fc.boolean(),
  step: fc.constantFrom('call', 'call', 'call', 'act', 'due', 'dispute', 'decide dispute'),
  passesMs: fc.nat(30),
  faults: fc.record({
    authorization_ttl_ms: fc.constantFrom(5, 10_000),
    settlement_delay_ms: fc.constantFrom(0, 5),
    refund_settles_after_ms: fc.constantFrom(0, 0, 5),
    refund_fails_after_ms: fc.constantFrom(0, 0, 3),
  }),
});
type Step = typeof call extends fc.Arbitrary<infer Value> ? Value : never;

describe('the books of a gateway', () => {
  it('never take, release or give back more money than there is, whatever is called', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 15, maxLength: 60 }), (steps) => {
        const { books } = play(steps);
        for (const { funds, record } of books.operations) {
          if (funds === null) continue;
          expect(funds.captured <= funds.authorized).toBe(true);
          expect(funds.refunded >= 0n && funds.refunded <= funds.captured).toBe(true);
          expect(funds.disputed >= 0n && funds.disputed <= funds.captured).toBe(true);
          if (record.operation === 'purchase') expect(funds.captured).toBe(funds.authorized);
        }
        expect(sumsOfEffects(books)).toEqual(sumsOfFunds(books));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same again when the file is read', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 15, maxLength: 60 }), (steps) => {
        const { books, records } = play(steps);
        const again = emptyBooks();
        // reason: what the file gives back has the shape of what was written
        for (const record of records)
          evolve(again, JSON.parse(JSON.stringify(record)) as BookRecord);
        expect(again).toEqual(books);
      }),
    );
  });

  it('have one effect an operation, and each fact once', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 15, maxLength: 60 }), (steps) => {
        const { books } = play(steps);
        expect(new Set(books.effects).size).toBe(books.effects.length);
        expect(books.effects.map((it) => it.effect)).toEqual(books.effects.map((_, at) => at));
        const facts = (books.gateways.get('alpha')?.facts ?? []).map(
          (fact) => `${fact.type} ${fact.operation.number} ${fact.dispute?.number ?? ''}`,
        );
        expect(new Set(facts).size).toBe(facts.length);
      }),
    );
  });

  it('find an operation by its reference at its own gateway only', () => {
    const { books } = play([APPROVED_PURCHASE]);
    const [operation] = books.operations;
    if (operation === undefined) throw new Error('it was performed');
    const reference = referenceOf(operation);
    expect(findByReference(books, 'alpha', reference)).toBe(operation);
    expect(findByReference(books, 'beta', reference)).toBeUndefined();
    expect(findByReference(books, 'alpha', reference.replace('pur', 'aut'))).toBeUndefined();
  });

  it.each([
    ['a reference of another payment', { paymentId: 'pay_2' }, 'unknown_reference'],
    ['another currency', { currency: 'USD' }, 'currency_mismatch'],
  ])('refuse %s and write nothing', (_title, change, code) => {
    const { books } = play([APPROVED_PURCHASE]);
    const refund = {
      ...requestOf({ ...APPROVED_PURCHASE, operation: 'refund' }, books),
      ...change,
    };
    const decision = decide(books, refund, { nowMs: 0, faults: NO_FAULTS });
    expect(decision).toMatchObject({ type: 'refuse', code });
  });

  it('decline a refund of money that a dispute took', () => {
    const refund: Step = { ...APPROVED_PURCHASE, operation: 'refund', amount: 6n };
    const { records } = play([
      APPROVED_PURCHASE,
      { ...APPROVED_PURCHASE, step: 'dispute', amount: 5n },
      refund,
      { ...refund, amount: 5n },
    ]);
    expect(records.slice(2)).toMatchObject([{ status: 'declined' }, { status: 'approved' }]);
  });

  it('let a dispute of the whole fall on several captures, but never on two charges', () => {
    const capture: Step = { ...APPROVED_PURCHASE, operation: 'capture', amount: 4n };
    const dispute: Step = { ...APPROVED_PURCHASE, step: 'dispute', amount: 8n };
    const authorize: Step = { ...APPROVED_PURCHASE, operation: 'authorize' };
    expect(play([authorize, capture, capture, dispute]).records.at(-1)).toMatchObject({
      type: 'dispute_opened',
      amount: '8',
    });
    const purchase = { ...APPROVED_PURCHASE, amount: 4n };
    expect(play([purchase, purchase, dispute]).records).toHaveLength(2);
  });

  it('refuse a dispute of what the one before it took of the other captures', () => {
    const authorize: Step = { ...APPROVED_PURCHASE, operation: 'authorize' };
    const capture: Step = { ...APPROVED_PURCHASE, operation: 'capture', amount: 5n };
    const dispute = (amount: bigint): Step => ({ ...APPROVED_PURCHASE, step: 'dispute', amount });
    const captured = [authorize, capture, capture];
    const { books } = play([...captured, dispute(8n), dispute(5n)]);
    expect(books.disputes.map(({ amount }) => amount)).toEqual([8n]);
    const rest = play([...captured, dispute(8n), dispute(2n)]);
    expect(rest.books.disputes.map(({ amount }) => amount)).toEqual([8n, 2n]);
  });

  it('approve half of what was asked, and never nothing', () => {
    const half = (amount: bigint) =>
      play([{ ...APPROVED_PURCHASE, token: 'tok_partial_approval', amount }]).records[0];
    expect([half(9n), half(1n)]).toMatchObject([{ amount: '4' }, { amount: '1' }]);
  });
});

const APPROVED_PURCHASE: Step = {
  operation: 'purchase',
  amount: 10n,
  token: 'tok_approve',
  on: 0,
  final: false,
  step: 'call',
  passesMs: 0,
  faults: {
    authorization_ttl_ms: 10_000,
    settlement_delay_ms: 0,
    refund_settles_after_ms: 0,
    refund_fails_after_ms: 0,
  },
};

/** Plays steps on one payment; a step names what it is about by any number. */
function play(steps: readonly Step[]) {
  const books = emptyBooks();
  const records: BookRecord[] = [];
  let nowMs = 1_000;
  for (const step of steps) {
    nowMs += step.passesMs;
    const record = recordOf(books, step, { nowMs, faults: { ...NO_FAULTS, ...step.faults } });
    if (record === null) continue;
    records.push(record);
    evolve(books, record);
  }
  return { books, records };
}

function recordOf(
  books: Books,
  step: Step,
  circumstances: { nowMs: number; faults: Faults },
): BookRecord | null {
  const operation = books.operations[step.on % Math.max(1, books.operations.length)];
  const { nowMs } = circumstances;
  const wanted = { gateway: 'alpha', paymentId: PAYMENT, amount: step.amount };
  switch (step.step) {
    case 'call': {
      const decision = decide(books, requestOf(step, books), circumstances);
      return decision.type === 'perform' ? decision.record : null;
    }
    case 'act':
      if (operation === undefined) return null;
      return decideAct(operation, step.final ? 'success' : 'failure', circumstances);
    case 'due':
      return operation === undefined ? null : decideDue(operation, nowMs);
    case 'dispute': {
      const opening = decideDisputeOpening(books, wanted, nowMs);
      return opening.type === 'refuse' ? null : opening;
    }
    case 'decide dispute': {
      const id = disputeIdOf(step.on % 3);
      const outcome = step.final ? 'won' : 'lost';
      const ended = decideDisputeEnd(books, { gateway: 'alpha', id, outcome }, nowMs);
      return 'type' in ended ? null : ended.record;
    }
  }
}

function requestOf(step: Step, books: Books): OperationRequest {
  const isCharge = step.operation === 'authorize' || step.operation === 'purchase';
  const operation = books.operations[step.on % Math.max(1, books.operations.length)];
  return {
    gateway: 'alpha',
    operation: step.operation,
    key: `key-${books.operations.length}`,
    paymentId: PAYMENT,
    amount: step.operation === 'void' ? 0n : step.amount,
    currency: step.operation === 'void' ? null : 'EUR',
    token: isCharge ? step.token : null,
    reference: isCharge || operation === undefined ? null : referenceOf(operation),
    authorizationKey: null,
    final: step.operation === 'capture' && step.final,
  };
}

/** Money taken and given back, as an outsider adds it up from the books; pending refunds are in no book yet. */
function sumsOfEffects(books: Books) {
  const sum = (...names: string[]) =>
    books.effects
      .filter((it) => it.status === 'approved' && names.includes(it.record.operation))
      .reduce((total, it) => total + BigInt(it.ended?.amount ?? it.record.amount), 0n);
  return { captured: sum('capture', 'purchase'), refunded: sum('refund') };
}

function sumsOfFunds(books: Books) {
  const sum = (of: (operation: Operation) => bigint) =>
    books.operations.reduce((total, it) => total + of(it), 0n);
  const pending = sum((it) => (it.status === 'pending' ? BigInt(it.record.amount) : 0n));
  return {
    captured: sum((it) => it.funds?.captured ?? 0n),
    refunded: sum((it) => it.funds?.refunded ?? 0n) - pending,
  };
}
