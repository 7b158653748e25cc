import {
  answered,
  approved,
  declined,
  dispute,
  lateDecline,
  pending,
  refundFailed,
  refundSucceeded,
  refused,
  requiresAction,
  takenOver,
  unknown,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  capture,
  initiated,
  purchased,
  purchasedTwice,
  refund,
  refunded,
  resolve,
  retry,
  startUndo,
  cancel,
} from '../testing/payment-steps.js';
import { existing, given, type Story } from '../testing/payment-story.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';

const next = (story: Story) => nextStep(existing(story.payment));
const paid = [automatic(), purchased()];

describe('an operator', () => {
  it('has nothing to resolve where nothing waits', () => {
    given(...paid)
      .when(resolve())
      .thenRejected('NOTHING_TO_RESOLVE');
    given(...paid)
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenRejected('NOTHING_TO_RESOLVE');
  });

  it('gives nothing back by hand but what is due', () => {
    given(...paid)
      .when(resolve({ intent: 1, outcome: 'undone' }))
      .thenRejected('NOTHING_TO_RESOLVE');
    given(...paid, refund('4.00'), takenOver())
      .when(resolve({ intent: 2, outcome: 'undone' }))
      .thenRejected('NOTHING_TO_RESOLVE');
  });

  it('ends no action that the customer may still do', () => {
    given(initiated(), attempt(), answered(requiresAction()))
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenRejected('NOTHING_TO_RESOLVE');
    given(initiated(), attempt(), answered(requiresAction()), cancel(), answered(declined()))
      .and(answered(approved(), { intent: 1 }))
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenRejected('NOTHING_TO_RESOLVE');
  });

  it('needs the amount that the gateway shows', () => {
    given(initiated(), authorized(), capture('4.00'), takenOver())
      .when(resolve({ intent: 2, outcome: 'approved' }))
      .thenRejected('RESOLUTION_NOT_POSSIBLE');
  });

  it('closes an attempt: the payment rests on it, or fails without another one', () => {
    given(automatic(), attempt('purchase'), takenOver())
      .when(resolve({ intent: 1, outcome: 'approved', amount: '10.00' }))
      .thenEvents({ type: 'PurchaseApproved', data: { settled: false } }, 'OperatorResolved')
      .thenStatus('CAPTURED')
      .thenAmounts({ captured: '10.00' });
    given(initiated(), attempt(), takenOver())
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenEvents('AttemptDeclined', 'OperatorResolved')
      .thenStatus('FAILED', 'generic_decline');
  });

  it('closes a void and leaves alone what it should release', () => {
    given(initiated(), authorized(), cancel(), takenOver())
      .when(resolve({ intent: 2, outcome: 'declined' }))
      .thenEvents('VoidDeclined', 'OperatorResolved')
      .thenStatus('AUTHORIZED');
  });

  it('closes an unknown intent as the gateway shows it', () => {
    given(...paid, refund('4.00'), answered(unknown()))
      .when(resolve({ intent: 2, outcome: 'approved', amount: '4.00' }))
      .thenEvents('RefundSucceeded', {
        type: 'OperatorResolved',
        data: { operation: { amount: '400' }, after: { stopped: false } },
      })
      .thenStatus('PARTIALLY_REFUNDED');
    given(...paid, refund('4.00'), answered(unknown()))
      .when(resolve({ intent: 2, outcome: 'declined' }))
      .thenEvents('RefundFailed', 'OperatorResolved')
      .thenStatus('CAPTURED');
  });

  it('is told where the gateway says later that it declined what stands as approved', () => {
    given(...paid, refund('4.00'), answered(unknown()))
      .and(resolve({ intent: 2, outcome: 'approved', amount: '4.00' }))
      .when(lateDecline({ intent: 2 }))
      .thenEvents({ type: 'FactUnmatched', data: { kind: 'operation_declined' } })
      .thenStatus('PARTIALLY_REFUNDED')
      .when(lateDecline({ intent: 2 }))
      .thenNothing();
  });

  it('frees no amount that its gateway, asked again, may still pay', () => {
    const closed = [
      refund('4.00'),
      answered(unknown()),
      resolve({ intent: 2, outcome: 'declined' }),
    ];
    const says = answered(pending(), { intent: 2 });
    given(...paid, ...closed)
      .when(says)
      .thenEvents('RefundPending')
      .thenStatus('REFUND_INITIATED')
      .thenAmounts({ refunding: '4.00' })
      .when(says)
      .thenNothing()
      .when(refundSucceeded({ intent: 2 }))
      .thenStatus('PARTIALLY_REFUNDED');
    given(...paid, ...closed, refundFailed({ intent: 2 }))
      .when(says)
      .thenNothing()
      .thenStatus('CAPTURED');
  });

  it('is remembered for each refund that was closed by hand', () => {
    const closed = (intent: number) => [
      refund('4.00'),
      takenOver(),
      resolve({ intent, outcome: 'declined' }),
    ];
    const story = given(...paid, closed(2), closed(3));
    for (const intent of [2, 3]) {
      story.when(answered(pending(), { intent })).thenEvents('RefundPending');
    }
  });

  it('ends an action whose void was declined, as asked', () => {
    given(initiated(), attempt(), answered(requiresAction()), cancel(), answered(declined()))
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenEvents('AttemptDeclined', 'PaymentCancelled', 'OperatorResolved')
      .thenStatus('CANCELLED');
  });

  it('whose own word breaks a rule leaves the payment stopped', () => {
    given(initiated(), authorized(), capture('4.00'), takenOver())
      .when(resolve({ intent: 2, outcome: 'approved', amount: '12.00' }))
      .thenEvents(
        'CaptureApproved',
        { type: 'OperatorResolved', data: { after: { stopped: true } } },
        'MoneyRuleBroken',
      )
      .thenStopped();
  });

  it('has an undoing tried again, or says that it was given back by hand', () => {
    const story = given(automatic(), attempt('purchase'), answered(approved('5.00')));
    for (let tries = 0; tries < OWN_STEP_TRIES_MAX; tries += 1) {
      story.and(startUndo(1), answered(declined()));
    }
    expect(story.payment?.stop).toEqual({ cause: 'undo_exhausted' });
    expect(next(story)).toEqual({ step: 'none' });
    story.and(resolve());
    expect(next(story)).toEqual({ step: 'undo', target: 1, at: null });
    story
      .when(resolve({ intent: 1, outcome: 'undone' }))
      .thenEvents('OperatorResolved')
      .thenStopped(false);
    expect(next(story)).toEqual({ step: 'none' });
    story.when(retry()).thenStatus('INITIATED');
  });

  it('finds the stop of an undoing again once a rule that was broken meanwhile holds', () => {
    const story = given(automatic(), purchasedTwice(), refunded('10.00'));
    for (let tries = 0; tries < OWN_STEP_TRIES_MAX; tries += 1) {
      story.and(startUndo(1), answered(refused('rejected')));
    }
    story.and(dispute('opened', { intent: 2, amount: '1.00' }));
    expect(story.payment?.stop).toEqual({ cause: 'money_rule' });
    story.and(dispute('won', { intent: 2, amount: '1.00' }));
    expect(story.payment?.stop).toEqual({ cause: 'undo_exhausted' });
  });
});
