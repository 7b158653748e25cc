import { createHash } from 'node:crypto';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import { PAYMENT_LIVES, recordedLife, unknownEvent } from '../../libs/testing/payment-lives.js';
import { describeEveryEvent, ProjectionRun } from '../../libs/testing/projection-run.js';
import { ProjectionGap } from '../runner/payment-state.js';
import { paymentHistory } from './project.js';

describe('payment history', () => {
  describeEveryEvent(paymentHistory, false);

  it.each(Object.entries(PAYMENT_LIVES))(
    '%s: holds what the fold of the stream gives',
    (_, life) => {
      const events = recordedLife(life);
      const [payment] = new ProjectionRun(paymentHistory).apply(events).states.values();
      expect(payment).toEqual(foldPayment(events));
    },
  );

  it('an event of a newer release moves the revision, so that the next one follows', () => {
    const events = recordedLife([['PaymentInitiated'], ['PurchaseRequested']]);
    const run = new ProjectionRun(paymentHistory).apply(events.slice(0, 1));
    run.apply([unknownEvent(1), { ...events[1]!, revision: 2 }]);
    const [payment] = run.states.values();
    expect([payment?.revision, payment?.status]).toEqual([2, 'PROCESSING']);
  });

  it('refuses to go on over a gap', () => {
    const events = recordedLife([
      ['PaymentInitiated'],
      ['PurchaseRequested'],
      ['PurchaseApproved'],
    ]);
    const run = new ProjectionRun(paymentHistory).apply(events.slice(0, 1));
    expect(() => run.apply(events.slice(2))).toThrow(ProjectionGap);
  });

  it('ignores streams that are no payments', () => {
    const [event] = recordedLife([['PaymentInitiated']]);
    const run = new ProjectionRun(paymentHistory).apply([{ ...event!, stream: 'key-key_1' }]);
    expect(run.snapshot()).toEqual({ states: [], rows: [] });
  });

  it('writes nothing for a batch without payments, else one statement', () => {
    const run = new ProjectionRun(paymentHistory);
    expect(paymentHistory.write({ states: run.states, rows: [] }, 1)).toEqual([]);
    run.apply(recordedLife([['PaymentInitiated']]));
    const statements = paymentHistory.write({ states: run.states, rows: [] }, 7);
    expect(statements).toHaveLength(1);
    expect(statements[0]?.text).toContain('insert into payment_history_v7');
  });

  it('a view of another shape needs another schema version', () => {
    const [payment] = new ProjectionRun(paymentHistory)
      .apply(recordedLife([['PaymentInitiated'], ['PurchaseRequested']]))
      .states.values();
    const shape = Object.keys(payment === undefined ? {} : viewOf(payment)).sort();
    const digest = createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 12);
    // When this fails, raise schemaVersion in project.ts with it.
    expect({ schemaVersion: paymentHistory.schemaVersion, digest }).toEqual(SHAPE);
  });
});

const SHAPE = { schemaVersion: 5, digest: '650514bc31b4' };
