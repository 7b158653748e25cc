import {
  answered,
  approved,
  attempt,
  authorized,
  automatic,
  capture,
  captured,
  confirm,
  declined,
  dispute,
  initiated,
  pending,
  purchased,
  refund,
  refunded,
  refundFailed,
  refundSucceeded,
  refused,
  requiresAction,
  resolve,
  retry,
  settled,
  settlementFailed,
  startUndo,
  takenOver,
  unknown,
  cancel,
  askedAuthorization,
} from '../testing/payment-steps.js';
import { existing, given, type Story } from '../testing/payment-story.js';
import { OWN_STEP_TRIES_MAX, REFUNDS_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';

const next = (story: Story) => nextStep(existing(story.payment));
const paid = [automatic(), purchased()];
const DAY_S = 86_400;

describe('a refund', () => {
  it('of a part leaves PARTIALLY_REFUNDED, of all REFUNDED', () => {
    given(...paid)
      .when(refund('4.00'))
      .thenEvents({ type: 'RefundRequested', data: { amount: '400', target: 1 } })
      .thenStatus('REFUND_INITIATED')
      .thenAmounts({ refunding: '4.00', refunded: '0.00' })
      .when(answered(approved()))
      .thenStatus('PARTIALLY_REFUNDED')
      .thenAmounts({ refunding: '0.00', refunded: '4.00' })
      .when(refund())
      .thenEvents({ type: 'RefundRequested', data: { amount: '600' } })
      .when(answered(approved()))
      .thenStatus('REFUNDED')
      .when(refund('0.01'))
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it('above what is left is refused: done, pending and lost sums count', () => {
    given(...paid)
      .when(refund('10.01'))
      .thenRejected('REFUND_EXCEEDS_CAPTURED')
      .and(refunded('2.00'), refund('3.00'), answered(pending()))
      .and(dispute('opened', { intent: 1, amount: '1.00' }))
      .and(dispute('lost', { intent: 1, amount: '1.00' }))
      .when(refund('4.01'))
      .thenRejected('REFUND_EXCEEDS_CAPTURED')
      .when(refund('4.00'))
      .thenEvents('RefundRequested');
  });

  it.each(['0.00', '-1.00'])('of %s is refused', (amount) => {
    given(...paid)
      .when(refund(amount))
      .thenRejected('REFUND_EXCEEDS_CAPTURED');
  });

  it('that fails leaves the payment where it was', () => {
    given(...paid, settled({ intent: 1 }), refund('4.00'))
      .when(answered(declined()))
      .thenEvents('RefundFailed')
      .thenStatus('COMPLETED')
      .thenAmounts({ refunded: '0.00', refunding: '0.00' })
      .when(retry())
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it('pending is at rest and reserves its amount; the feed ends it', () => {
    given(...paid, refund('4.00'), answered(pending()))
      .when(refundSucceeded())
      .thenEvents('RefundSucceeded')
      .thenStatus('PARTIALLY_REFUNDED');
    given(...paid, refund('4.00'), answered(pending()))
      .when(refundFailed())
      .thenEvents('RefundFailed')
      .thenStatus('CAPTURED')
      .thenAmounts({ refunding: '0.00' });
  });

  it('may fail after it had succeeded: the sum is there again', () => {
    given(...paid, refunded('10.00'))
      .when(refundFailed())
      .thenStatus('CAPTURED')
      .thenAmounts({ refunded: '0.00' })
      .when(refund())
      .thenEvents('RefundRequested');
  });

  it('that the feed told failed is not revived by an answer that was under way', () => {
    given(...paid, refund('4.00'), refundFailed())
      .when(answered(approved(), { intent: 2 }))
      .thenNothing()
      .thenAmounts({ refunded: '0.00' })
      .when(refundSucceeded({ intent: 2 }))
      .thenAmounts({ refunded: '4.00' });
  });

  it('that answer and feed told failed is not revived by an older answer either', () => {
    given(...paid, refund('4.00'), answered(declined()), refundFailed())
      .when(answered(approved(), { intent: 2 }))
      .thenNothing();
  });

  it('declined by an answer and approved after all counts', () => {
    given(...paid, refund('4.00'), answered(declined()))
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('RefundSucceeded')
      .thenAmounts({ refunded: '4.00' });
  });

  it('approved after a decline and another refund in between breaks a rule, and stops', () => {
    given(...paid, refund('6.00'), answered(declined()), refunded('6.00'))
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('RefundSucceeded', {
        type: 'MoneyRuleBroken',
        data: { rule: 'refunded_above_captured', excess: '200' },
      })
      .thenStopped();
  });

  it('is possible for so many days after the last capture', () => {
    given(...paid)
      .later(180 * DAY_S - 10)
      .when(refund('1.00'))
      .thenEvents('RefundRequested');
    given(...paid)
      .later(181 * DAY_S)
      .when(refund('1.00'))
      .thenRejected('REFUND_WINDOW_CLOSED');
    given(...paid)
      .later(2 * DAY_S)
      .when(refund('1.00', { windowDays: 1 }))
      .thenRejected('REFUND_WINDOW_CLOSED');
  });

  it('has nothing to give back before all is captured or released', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(refund('1.00'))
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it('of a purchase that only its settlement proved names the reference that the feed gave', () => {
    given(automatic(), attempt('purchase'), takenOver())
      .and((payment, at) => {
        const made = settled({ intent: 1 })(payment, at);
        if (!('type' in made) || made.type !== 'RecordFact') throw new Error('no fact');
        return { ...made, fact: { ...made.fact, reference: 'pur_77' } };
      })
      .when(refund())
      .thenEvents({ type: 'RefundRequested', data: { reference: 'pur_77' } });
  });

  it('that the gateway lacks is refused without an event', () => {
    given(...paid)
      .when(refund('1.00', { unsupported: true }))
      .thenRejected('UNSUPPORTED_BY_GATEWAY');
  });

  it(`is possible ${REFUNDS_MAX} times`, () => {
    const story = given(automatic('200.00'), purchased());
    for (let count = 0; count < REFUNDS_MAX; count += 1) story.and(refunded('1.00'));
    story.when(refund('1.00')).thenRejected('REFUND_LIMIT_REACHED');
  });
});

describe('a settlement', () => {
  it('that fails makes the payment FAILED, open to a refund and to no retry', () => {
    given(...paid)
      .when(settlementFailed({ intent: 1 }))
      .thenStatus('FAILED')
      .when(retry())
      .thenRejected('RETRY_NOT_ALLOWED')
      .when(refund('4.00'))
      .thenStatus('REFUND_INITIATED')
      .when(answered(approved()))
      .thenStatus('FAILED');
  });

  it('told both ways: the later in the feed wins', () => {
    given(...paid, settlementFailed({ intent: 1 }))
      .when(settled({ intent: 1 }))
      .thenStatus('COMPLETED')
      .when(settlementFailed({ intent: 1, id: 'again' }))
      .thenStatus('FAILED');
  });

  it('that tells what is known adds nothing, whatever id it has', () => {
    given(...paid, settled({ intent: 1 }))
      .when(settled({ intent: 1, id: 'another' }))
      .thenNothing();
  });

  it('of a part counts once the rest is captured, released or gone', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(settled({ intent: 2 }))
      .thenStatus('AUTHORIZED')
      .when(askedAuthorization(true))
      .thenStatus('COMPLETED');
  });
});

describe('a dispute', () => {
  it('counts from its opening and gives back what it took when won', () => {
    given(...paid, settled({ intent: 1 }))
      .when(dispute('opened', { intent: 1, amount: '4.00' }))
      .thenStatus('DISPUTED')
      .thenAmounts({ chargedBack: '4.00' })
      .when(refund('1.00'))
      .thenRejected('ILLEGAL_TRANSITION')
      .when(dispute('won', { intent: 1, amount: '4.00' }))
      .thenStatus('COMPLETED')
      .thenAmounts({ chargedBack: '0.00' });
  });

  it('lost takes its part, and the payment is DISPUTED where it took the last of it', () => {
    given(...paid, dispute('opened', { intent: 1, amount: '4.00' }))
      .when(dispute('lost', { intent: 1, amount: '4.00' }))
      .thenStatus('PARTIALLY_REFUNDED')
      .when(refund())
      .thenEvents({ type: 'RefundRequested', data: { amount: '600' } })
      .when(answered(approved()))
      .thenStatus('REFUNDED');
    given(...paid, refunded('6.00'), dispute('opened', { intent: 1, amount: '4.00' }))
      .when(dispute('lost', { intent: 1, amount: '4.00' }))
      .thenStatus('DISPUTED');
  });

  it('told again, or opened after it was decided, adds nothing', () => {
    const won = dispute('won', { intent: 1, amount: '4.00' });
    given(...paid, won)
      .when(won)
      .thenNothing()
      .when(dispute('opened', { intent: 1, amount: '4.00' }))
      .thenNothing()
      .thenStatus('CAPTURED');
  });

  it('while something is still authorized changes no status', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(dispute('opened', { intent: 2, amount: '4.00' }))
      .thenStatus('AUTHORIZED')
      .when(capture('6.00'))
      .thenEvents('CaptureRequested')
      .when(answered(approved()))
      .thenStatus('DISPUTED');
  });
});

describe('a broken money rule', () => {
  const broken = [...paid, refunded('10.00'), dispute('opened', { intent: 1, amount: '4.00' })];

  it('is recorded with the fact that broke it, and stops the payment', () => {
    given(...paid, refunded('10.00'))
      .when(dispute('opened', { intent: 1, amount: '4.00' }))
      .thenEvents('DisputeOpened', {
        type: 'MoneyRuleBroken',
        data: { rule: 'refunded_above_captured', excess: '400' },
      })
      .thenStopped()
      .when(confirm())
      .thenRejected('PAYMENT_STOPPED');
  });

  it('that holds again lifts the stop by itself: a dispute won, a refund failed', () => {
    given(...broken)
      .when(dispute('won', { intent: 1, amount: '4.00' }))
      .thenStopped(false);
    given(...broken)
      .when(refundFailed({ intent: 2 }))
      .thenStopped(false);
  });

  it('is lifted by an operator, and falls again only with a further breach', () => {
    const story = given(...broken);
    story
      .when(resolve())
      .thenEvents({
        type: 'OperatorResolved',
        data: { before: { stopped: true }, after: { stopped: false } },
      })
      .thenStopped(false);
    story.when(settled({ intent: 1 })).thenStopped(false);
    story
      .when(dispute('opened', { intent: 1, amount: '1.00', dispute: 'dis_2' }))
      .thenEvents('DisputeOpened', { type: 'MoneyRuleBroken', data: { excess: '500' } })
      .thenStopped();
  });

  it('that is partly healed is known no further: the same breach again stops anew', () => {
    given(...broken, dispute('opened', { intent: 1, amount: '1.00', dispute: 'dis_2' }), resolve())
      .when(dispute('won', { intent: 1, amount: '1.00', dispute: 'dis_2' }))
      .thenStopped(false)
      .when(dispute('opened', { intent: 1, amount: '1.00', dispute: 'dis_3' }))
      .thenEvents('DisputeOpened', 'MoneyRuleBroken')
      .thenStopped();
  });

  it('lets facts in and what is open be learned meanwhile', () => {
    const story = given(...paid, refunded('6.00'), refund('4.00'), takenOver());
    story.when(dispute('opened', { intent: 1, amount: '4.00' })).thenStopped();
    expect(next(story)).toMatchObject({ step: 'learn' });
    story.when(answered(declined())).thenEvents('RefundFailed').thenStopped(false);
  });
});

describe('an operator', () => {
  it('has nothing to resolve where nothing waits', () => {
    given(...paid)
      .when(resolve())
      .thenRejected('NOTHING_TO_RESOLVE');
    given(...paid)
      .when(resolve({ intent: 1, outcome: 'declined' }))
      .thenRejected('NOTHING_TO_RESOLVE');
  });

  it('closes an unknown intent as the gateway shows it', () => {
    given(...paid, refund('4.00'), answered(unknown()))
      .when(resolve({ intent: 2, outcome: 'approved', amount: '4.00' }))
      .thenEvents('RefundSucceeded', 'OperatorResolved')
      .thenStatus('PARTIALLY_REFUNDED');
    given(...paid, refund('4.00'), answered(unknown()))
      .when(resolve({ intent: 2, outcome: 'declined' }))
      .thenEvents('RefundFailed', 'OperatorResolved')
      .thenStatus('CAPTURED');
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
    const late = [
      automatic(),
      attempt('purchase', 'alpha'),
      answered(declined('do_not_honor')),
      attempt('purchase', 'beta'),
      answered(approved()),
      answered(approved(), { intent: 1 }),
    ];
    const story = given(...late, refunded('10.00'));
    for (let tries = 0; tries < OWN_STEP_TRIES_MAX; tries += 1) {
      story.and(startUndo(1), answered(refused('rejected')));
    }
    story.and(dispute('opened', { intent: 2, amount: '1.00' }));
    expect(story.payment?.stop).toEqual({ cause: 'money_rule' });
    story.and(dispute('won', { intent: 2, amount: '1.00' }));
    expect(story.payment?.stop).toEqual({ cause: 'undo_exhausted' });
  });
});
