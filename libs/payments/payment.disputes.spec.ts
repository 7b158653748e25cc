import {
  answered,
  approved,
  dispute,
  settled,
  settlementFailed,
  askedAuthorization,
} from '../testing/gateway-words.js';
import {
  authorized,
  automatic,
  capture,
  captured,
  initiated,
  purchased,
  purchasedTwice,
  refund,
  refunded,
  retry,
} from '../testing/payment-steps.js';
import { given } from '../testing/payment-story.js';

const paid = [automatic(), purchased()];

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

  it('is another one at another gateway, whatever its id', () => {
    given(automatic(), purchasedTwice(), dispute('opened', { intent: 2, amount: '10.00' }))
      .when(dispute('opened', { intent: 1, amount: '10.00', id: 'at_alpha' }))
      .thenEvents('DisputeOpened')
      .when(dispute('won', { intent: 1, amount: '10.00', id: 'won_at_alpha' }))
      .thenEvents('DisputeWon')
      .thenStatus('DISPUTED')
      .thenAmounts({ chargedBack: '10.00' });
  });
});
