import {
  answered,
  approved,
  declined,
  dispute,
  pending,
  refundFailed,
  refundSucceeded,
  settled,
  takenOver,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  capture,
  captured,
  initiated,
  purchased,
  refund,
  refunded,
  retry,
  startUndo,
  startCapture,
  startVoid,
} from '../testing/payment-steps.js';
import { given } from '../testing/payment-story.js';
import { REFUNDS_MAX, OWN_STEP_TRIES_MAX } from './payment.limits.js';

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

  it('approved in another currency is none that could be counted: its outcome is unknown', () => {
    const inDollars = answered(approved('4.00', { currency: 'USD' }));
    given(...paid, refund('4.00'))
      .when(inDollars)
      .thenEvents('OutcomeUnknown')
      .thenAmounts({ refunding: '4.00', refunded: '0.00' })
      .when(inDollars)
      .thenNothing();
    given(initiated(), authorized(), capture('4.00'))
      .when(inDollars)
      .thenEvents('OutcomeUnknown')
      .thenAmounts({ captured: '0.00' });
  });

  it('that gives back an approval in another currency is in that one', () => {
    const elsewhere = answered(approved('10.00', { currency: 'USD' }));
    given(automatic(), attempt('purchase'), elsewhere, startUndo(1))
      .when(elsewhere)
      .thenEvents('RefundSucceeded');
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

  it('takes the last minor unit, and counts as the gateway says', () => {
    given(...paid, refunded('9.99'))
      .when(refund('0.01'))
      .thenEvents({ type: 'RefundRequested', data: { amount: '1' } });
    given(...paid, refund('4.00'))
      .when(answered(approved('3.00')))
      .thenAmounts({ refunded: '3.00', refunding: '0.00' });
  });

  it('is refused as in any status without money where a capture failed', () => {
    given(automatic(), authorized(), startCapture('automatic'), answered(declined()))
      .and(startVoid('capture_declined'), answered(approved()))
      .when(refund('1.00'))
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it("declined however often is the merchant's matter: nothing is stopped", () => {
    const again = [refund('4.00'), answered(declined())];
    const story = given(...paid, ...Array.from({ length: OWN_STEP_TRIES_MAX }, () => again));
    expect(story.payment).toMatchObject({ stop: null, ownDeclines: 0 });
  });

  it('that the gateway says is pending reserves its amount where its sender lost track of it', () => {
    given(...paid, refund('4.00'), takenOver())
      .when(answered(pending()))
      .thenEvents('RefundPending')
      .thenAmounts({ refunding: '4.00' });
  });

  it('that was declined is not pending by a word that was under way', () => {
    given(...paid, refund('4.00'), answered(declined()))
      .when(answered(pending(), { intent: 2 }))
      .thenNothing();
  });

  it('that the feed told failed, then succeeded, may fail once more', () => {
    given(...paid, refund('4.00'), refundFailed(), refundSucceeded())
      .when(refundFailed({ id: 'again' }))
      .thenEvents('RefundFailed')
      .thenAmounts({ refunded: '0.00' });
  });

  it('of all is what took the last, also beside a dispute that was won', () => {
    given(...paid, refunded('10.00'))
      .and(dispute('opened', { intent: 1 }))
      .when(dispute('won', { intent: 1 }))
      .thenStatus('REFUNDED');
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
    given(initiated('10.00', { captureMethod: 'manual' }), authorized(), captured('4.00'))
      .later(3 * DAY_S)
      .and(captured('6.00'))
      .later(180 * DAY_S - 10)
      .when(refund('1.00'))
      .thenEvents('RefundRequested');
    given(automatic())
      .later(3 * DAY_S)
      .and(purchased())
      .later(180 * DAY_S - 10)
      .when(refund('1.00'))
      .thenEvents('RefundRequested');
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
