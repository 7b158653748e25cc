import { foldPayment } from '../../libs/payments/payment.fold.js';
import {
  PAYMENT_LIVES,
  recordedLife,
  unknownEvent,
  type LifeEvent,
} from '../../libs/testing/payment-lives.js';
import { describeEveryEvent, ProjectionRun } from '../../libs/testing/projection-run.js';
import { customerStatements } from './project.js';

describe('customer statements', () => {
  describeEveryEvent(customerStatements, false);

  it.each(Object.entries(PAYMENT_LIVES))('%s: lines add up to the totals', (_, life) => {
    const events = recordedLife(life);
    for (let revision = 1; revision <= events.length; revision += 1) {
      const known = events.slice(0, revision);
      const lines = linesOf(known.map(({ type }, index) => [type, life[index]?.[1]] as LifeEvent));
      const payment = foldPayment(known);
      const total =
        (payment?.amountCaptured ?? 0n) -
        (payment?.amountRefunded ?? 0n) -
        (payment?.amountChargedBack ?? 0n);
      expect(lines.reduce((sum, [, amount]) => sum + amount, 0n)).toBe(total);
    }
  });

  it('a refund that fails after it had succeeded gives itself back', () => {
    expect(
      linesOf(PAYMENT_LIVES['purchased, refunded, refund failed later, disputed and won']),
    ).toEqual([
      ['capture', 2500n],
      ['refund', -700n],
      ['refund', 700n],
      ['chargeback', -2500n],
      ['reversal', 2500n],
    ]);
  });

  it('a dispute that is lost without having been opened is a chargeback', () => {
    const life: LifeEvent[] = [
      ['PaymentInitiated'],
      ['PurchaseRequested'],
      ['PurchaseApproved'],
      ['DisputeLost'],
    ];
    expect(linesOf(life)).toEqual([
      ['capture', 2500n],
      ['chargeback', -2500n],
    ]);
  });

  it('an approval that is to be undone is no line, nor is its undoing', () => {
    const life: LifeEvent[] = [
      ['PaymentInitiated'],
      ['PurchaseRequested'],
      ['PurchaseApproved', { undo: true }],
      ['RefundRequested', { cause: 'undo', amount: '2500' }],
      ['RefundSucceeded', { amount: '2500' }],
    ];
    expect(linesOf(life)).toEqual([]);
  });

  it('a purchase that came behind its void is a line, and another one once the void took it back', () => {
    const life: LifeEvent[] = [
      ['PaymentInitiated'],
      ['PurchaseRequested'],
      ['ActionRequired'],
      ['VoidRequested', { cause: 'action_timed_out' }],
      ['PurchaseApproved'],
      ['VoidApproved'],
    ];
    expect(linesOf(life)).toEqual([
      ['capture', 2500n],
      ['refund', -2500n],
    ]);
  });

  it('a payment without a customer has no lines and needs no state', () => {
    const life: LifeEvent[] = [
      ['PaymentInitiated', { customerId: null }],
      ['PurchaseRequested'],
      ['PurchaseApproved'],
    ];
    const run = new ProjectionRun(customerStatements).apply(recordedLife(life));
    expect(run.rows).toEqual([]);
    expect([...run.states.values()]).toEqual(['no customer']);
  });

  it('ignores streams that are no payments', () => {
    const run = new ProjectionRun(customerStatements);
    run.apply([{ ...unknownEvent(0), stream: 'key-key_1' }]);
    expect(run.snapshot()).toEqual({ states: [], rows: [] });
  });
});

function linesOf(life: readonly LifeEvent[] = []): readonly (readonly [string, bigint])[] {
  const { rows } = new ProjectionRun(customerStatements).apply(recordedLife(life));
  return rows.map((row) => [String(row[1]), BigInt(row[7] ?? 0)] as const);
}
