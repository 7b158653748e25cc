import {
  answered,
  declined,
  dispute,
  refundFailed,
  settled,
  takenOver,
} from '../testing/gateway-words.js';
import {
  automatic,
  confirm,
  purchased,
  refund,
  refunded,
  resolve,
} from '../testing/payment-steps.js';
import { existing, given, type Story } from '../testing/payment-story.js';
import { nextStep } from './payment.next-step.js';

const next = (story: Story) => nextStep(existing(story.payment));
const paid = [automatic(), purchased()];

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
