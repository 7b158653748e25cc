import {
  answered,
  approved,
  declined,
  dispute,
  gone,
  lateApproval,
  refundFailed,
  settled,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  initiated,
  purchased,
  refund,
  startUndo,
} from '../testing/payment-steps.js';
import { existing, given, type Step } from '../testing/payment-story.js';
import { ATTEMPTS_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';
import { viewOf } from './payment.view.js';

describe('a fact', () => {
  it.each<[string, Step]>([
    ['a settlement of a void', settled({ intent: 2 })],
    ['a dispute of an authorization', dispute('opened', { intent: 1 })],
    ['the end of a void', gone({ intent: 2 })],
    ['a settlement that another gateway tells', toldBy('beta', settled({ intent: 3 }))],
  ])('that tells of nothing that can be is kept for auditors: %s', (_, step) => {
    given(initiated(), authorized(), cancel(), answered(declined()), capture('4.00'))
      .when(step)
      .thenEvents('FactUnmatched')
      .thenStatus('AUTHORIZED')
      .thenAmounts({ captured: '0.00' });
  });

  it('proves a capture, which then settles by itself', () => {
    given(initiated(), authorized(), capture())
      .when(dispute('won', { intent: 2, amount: '4.00' }))
      .thenEvents({ type: 'CaptureApproved', data: { settled: false } }, 'DisputeWon')
      .thenStatus('CAPTURED');
  });

  it('is known however many came after it', () => {
    const stranger = (id: string) => settled({ key: 'nobody', id });
    given(initiated(), stranger('one'), stranger('two')).when(stranger('one')).thenNothing();
  });

  it('that says what is known under another id adds nothing', () => {
    given(automatic(), purchased(), dispute('won', { intent: 1 }))
      .when(dispute('won', { intent: 1, id: 'again' }))
      .thenNothing();
    given(automatic(), purchased(), refund('4.00'), refundFailed())
      .when(refundFailed({ id: 'again' }))
      .thenNothing();
    given(initiated(), authorized(), captured('4.00', { final: true }))
      .when(gone({ intent: 1 }))
      .thenNothing();
  });

  it('that another approval is gone ends its undoing, and nothing of the one that is held', () => {
    const story = given(initiated(), attempt(), answered(declined('do_not_honor'))).and(
      attempt('authorize', 'beta'),
      answered(approved()),
      lateApproval({ intent: 1 }),
    );
    story
      .when(gone({ intent: 1 }))
      .thenEvents('AuthorizationExpired')
      .thenStatus('AUTHORIZED');
    expect(nextStep(existing(story.payment))).toMatchObject({
      step: 'ask_authorization',
      intent: 2,
    });
  });

  it('of an approval says no more than that', () => {
    given(initiated(), attempt())
      .when(lateApproval({ intent: 1 }))
      .thenEvents('AuthorizationApproved')
      .thenStatus('AUTHORIZED');
  });
});

describe('a sum that a gateway names', () => {
  it('above what is authorized is captured all the same: nothing is left to capture', () => {
    given(initiated(), authorized(), capture('4.00'))
      .when(answered(approved('12.00')))
      .thenEvents('CaptureApproved', { type: 'MoneyRuleBroken', data: { excess: '200' } })
      .thenStatus('CAPTURED');
  });

  it('in dispute above what was captured breaks one rule, once', () => {
    given(automatic(), purchased())
      .when(dispute('opened', { intent: 1, amount: '12.00' }))
      .thenEvents('DisputeOpened', {
        type: 'MoneyRuleBroken',
        data: { rule: 'refunded_above_captured', excess: '200' },
      });
  });

  it('of a single minor unit is one like any other', () => {
    given(initiated('0.01'), authorized())
      .when(capture('0.01'))
      .thenEvents({ type: 'CaptureRequested', data: { amount: '1' } })
      .when(answered(approved(undefined, { settled: true })))
      .thenStatus('COMPLETED');
  });
});

describe('the reason of a decline', () => {
  it('is shown until the next capture is approved', () => {
    const story = given(initiated(), authorized(), capture('4.00'), answered(declined()));
    expect(viewOf(existing(story.payment)).failure).toMatchObject({ code: 'insufficient_funds' });
    story.and(captured('4.00'));
    expect(viewOf(existing(story.payment)).failure).toBeNull();
  });
});

describe('the end of a window', () => {
  it('comes before a capture that its timer asks for later', () => {
    const { payment } = given(initiated('10.00', { captureAfterS: 8 * 86_400 }), authorized());
    expect(nextStep(existing(payment))).toMatchObject({ step: 'ask_authorization' });
  });
});

describe('the attempts of a payment', () => {
  it('are counted, not what was given back in between', () => {
    const story = given(initiated());
    for (let count = 1; count < ATTEMPTS_MAX; count += 1) {
      const intent = existing(story.payment).operations.length + 1;
      story.and(attempt('authorize', `gateway-${count}`), answered(declined('do_not_honor')));
      story.and(lateApproval({ intent }), startUndo(intent), answered(approved()));
      expect(story.payment?.status).toBe('PROCESSING');
    }
    story
      .and(attempt('authorize', 'last'))
      .when(answered(declined('do_not_honor')))
      .thenStatus('FAILED', 'attempts_exhausted');
  });
});

function toldBy(gateway: string, step: Step): Step {
  return (payment, at) => {
    const made = step(payment, at);
    if (!('type' in made) || made.type !== 'RecordFact') throw new Error('no fact');
    return { ...made, gateway };
  };
}
