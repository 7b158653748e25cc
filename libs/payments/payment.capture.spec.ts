import {
  answered,
  approved,
  declined,
  gone,
  lateApproval,
  refused,
  settled,
  takenOver,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  increment,
  initiated,
  nextKey,
  purchased,
  startCapture,
  startVoid,
} from '../testing/payment-steps.js';
import { existing, given, type Step, type Story } from '../testing/payment-story.js';
import { CAPTURES_MAX, INCREMENTS_MAX, OWN_STEP_TRIES_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';

const next = (story: Story) => nextStep(existing(story.payment));

describe('a capture', () => {
  it('takes all that is left, unless an amount is named', () => {
    given(initiated(), authorized())
      .when(capture())
      .thenEvents({ type: 'CaptureRequested', data: { amount: '1000', trigger: 'command' } })
      .when(answered(approved()))
      .thenStatus('CAPTURED');
  });

  it('of a part leaves the payment AUTHORIZED, and may be repeated until nothing is left', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(capture('6.00'))
      .thenStatus('AUTHORIZED')
      .when(answered(approved()))
      .thenStatus('CAPTURED')
      .thenAmounts({ authorized: '10.00', captured: '10.00' });
  });

  it('marked final releases the rest without a void', () => {
    const story = given(initiated(), authorized());
    story
      .when(capture('4.00', { final: true }))
      .when(answered(approved()))
      .thenStatus('CAPTURED')
      .thenAmounts({ authorized: '10.00', captured: '4.00' });
    expect(next(story)).toEqual({ step: 'none' });
    story.when(capture('1.00')).thenRejected('ILLEGAL_TRANSITION');
  });

  it('above what is authorized is refused, also in sum', () => {
    given(initiated(), authorized())
      .when(capture('10.01'))
      .thenRejected('CAPTURE_EXCEEDS_AUTHORIZED')
      .and(captured('4.00'))
      .when(capture('6.01'))
      .thenRejected('CAPTURE_EXCEEDS_AUTHORIZED');
  });

  it.each(['0.00', '-1.00'])('of %s is refused', (amount) => {
    given(initiated(), authorized())
      .when(capture(amount))
      .thenRejected('CAPTURE_EXCEEDS_AUTHORIZED');
  });

  it('waits for an open operation, and reserves its amount meanwhile', () => {
    given(initiated(), authorized(), capture('4.00'))
      .when(capture('1.00'))
      .thenRejected('OPERATION_IN_PROGRESS')
      .when(cancel())
      .thenRejected('OPERATION_IN_PROGRESS');
  });

  it('declined changes no amount; the reason is kept', () => {
    const story = given(initiated(), authorized(), capture('4.00'));
    story
      .when(answered(declined('processing_error')))
      .thenEvents('CaptureDeclined')
      .thenStatus('AUTHORIZED')
      .thenAmounts({ captured: '0.00' });
    expect(story.payment?.declined).toMatchObject({ code: 'processing_error' });
    story.when(capture('4.00')).thenEvents('CaptureRequested');
  });

  it('rejected by a 4xx is a decline; nothing sent or a 429 leaves it open', () => {
    given(initiated(), authorized(), capture())
      .when(answered(refused('rate_limited')))
      .thenNothing()
      .when(answered(refused('not_sent')))
      .thenNothing()
      .when(answered(refused('rejected')))
      .thenEvents({ type: 'CaptureDeclined', data: { code: 'gateway_refused' } });
  });

  it.each<[string, Step, string]>([
    ['EXPIRED', gone({ intent: 1 }), 'EXPIRED'],
    ['CANCELLED', cancelled(), 'CANCELLED'],
  ])('declined before, and approved in %s after all, counts by the rule', (_, step, status) => {
    const story = given(initiated(), authorized(), capture('4.00'), answered(declined()), step);
    if (status === 'CANCELLED') story.and(answered(approved()));
    expect(story.payment?.status).toBe(status);
    story
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('CaptureApproved')
      .thenStatus('CAPTURED')
      .thenAmounts({ captured: '4.00' })
      .thenStopped(false);
  });

  it('open when the authorization went is by the rule once approved', () => {
    given(initiated(), authorized(), capture('4.00'), gone({ intent: 1 }))
      .when(answered(approved()))
      .thenStatus('CAPTURED');
  });

  it('is proven by its settlement', () => {
    given(initiated(), authorized(), capture(), takenOver())
      .when(settled())
      .thenEvents('CaptureApproved', 'CaptureSettled')
      .thenStatus('COMPLETED')
      .thenNoIntentOpen();
  });

  it('records what the gateway says, and stops where that is too much', () => {
    given(initiated(), authorized(), capture('4.00'))
      .when(answered(approved('11.00')))
      .thenEvents('CaptureApproved', {
        type: 'MoneyRuleBroken',
        data: { rule: 'captured_above_authorized', excess: '100' },
      })
      .thenStopped()
      .thenAmounts({ captured: '11.00' });
  });

  it('that the gateway lacks is refused without an event', () => {
    given(initiated(), authorized())
      .when(capture('1.00', { unsupported: true }))
      .thenRejected('UNSUPPORTED_BY_GATEWAY');
  });

  it(`is possible ${CAPTURES_MAX} times`, () => {
    const story = given(initiated('100.00'), authorized());
    for (let count = 0; count < CAPTURES_MAX; count += 1) story.and(captured('1.00'));
    story.when(capture('1.00')).thenRejected('CAPTURE_LIMIT_REACHED');
  });

  it('leaves what its timer could take no more to the end of the window', () => {
    const story = given(initiated('100.00', { captureAfterS: 3_600 }), authorized());
    for (let count = 0; count < CAPTURES_MAX; count += 1) story.and(captured('1.00'));
    story.later(3_600).when(startCapture()).thenNothing();
    expect(next(story)).toMatchObject({ step: 'ask_authorization' });
  });

  it('settles by itself; the payment is COMPLETED once all have', () => {
    given(initiated(), authorized(), captured('4.00'), captured('6.00'))
      .when(settled({ intent: 2 }))
      .thenStatus('CAPTURED')
      .when(settled({ intent: 3 }))
      .thenStatus('COMPLETED');
  });
});

function cancelled(): Step {
  return cancel();
}

describe('a payment that captures itself', () => {
  const authorizedOnly = [automatic(), attempt('authorize'), answered(approved())];

  it('accepts neither a capture nor an increment', () => {
    given(...authorizedOnly)
      .when(capture())
      .thenRejected('ILLEGAL_TRANSITION')
      .when(increment('12.00'))
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it('is captured at once where the gateway knew no purchase', () => {
    const story = given(...authorizedOnly);
    expect(next(story)).toEqual({ step: 'capture', trigger: 'automatic', at: null });
    story
      .when(startCapture('automatic'))
      .thenEvents({ type: 'CaptureRequested', data: { amount: '1000', final: true } })
      .when(answered(approved()))
      .thenStatus('CAPTURED');
  });

  it('is voided where that capture is declined, then FAILED capture_declined', () => {
    const story = given(...authorizedOnly, startCapture('automatic'), answered(declined()));
    expect(next(story)).toMatchObject({ step: 'void', cause: 'capture_declined', at: null });
    story
      .and(startVoid('capture_declined'))
      .when(answered(approved()))
      .thenStatus('FAILED', 'capture_declined');
  });

  it('is CANCELLED by a cancel, whose late approval ends FAILED too', () => {
    given(...authorizedOnly, cancel(), answered(declined()))
      .and(startCapture('automatic'), answered(declined()))
      .and(startVoid('capture_declined'), answered(approved()))
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('CANCELLED');
  });

  it('tries that void again with growing pauses, then waits for an operator', () => {
    const story = given(...authorizedOnly, startCapture('automatic'), answered(declined()));
    const pauses: number[] = [];
    for (let tries = 1; tries <= OWN_STEP_TRIES_MAX; tries += 1) {
      expect(story.payment?.stop).toBeNull();
      story.and(startVoid('capture_declined'), answered(declined()));
      const step = next(story);
      if (step.step === 'void' && step.at !== null) {
        pauses.push((Date.parse(step.at) - Date.parse(story.now)) / 60_000);
      }
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(story.payment?.stop).toEqual({ cause: 'undo_exhausted' });
    expect(next(story)).toEqual({ step: 'none' });
    story.when(cancel()).thenRejected('PAYMENT_STOPPED');
  });

  it('is not captured by a step that was planned before it was cancelled', () => {
    given(...authorizedOnly, cancel(), answered(approved()))
      .when(startCapture('automatic'))
      .thenNothing();
  });
});

describe('a capture that a timer asks for', () => {
  const timed = [initiated('10.00', { captureAfterS: 60 }), attempt(), answered(approved())];

  it('is due so long after the authorization, once', () => {
    const story = given(...timed);
    const step = next(story);
    if (step.step !== 'capture' || step.at === null) throw new Error(step.step);
    expect(Date.parse(step.at) - Date.parse(story.now)).toBe(60_000);
    story.and(startCapture('timer'), answered(declined()));
    expect(story.payment?.status).toBe('AUTHORIZED');
    expect(next(story)).toMatchObject({ step: 'ask_authorization' });
  });

  it('takes what is left after captures by hand', () => {
    given(...timed, captured('4.00'))
      .when(startCapture('timer'))
      .thenEvents({ type: 'CaptureRequested', data: { amount: '600' } });
  });
});

describe('an increment', () => {
  it('raises what is authorized to a new total', () => {
    given(initiated(), authorized())
      .when(increment('15.00'))
      .thenEvents({ type: 'IncrementRequested', data: { amount: '1500' } })
      .thenAmounts({ authorized: '10.00' })
      .when(answered(approved()))
      .thenStatus('AUTHORIZED')
      .thenAmounts({ authorized: '15.00' })
      .when(capture('15.00'))
      .thenEvents('CaptureRequested');
  });

  it('is above what is authorized', () => {
    given(initiated(), authorized())
      .when(increment('10.00'))
      .thenRejected('INCREMENT_NOT_ABOVE_AUTHORIZED');
  });

  it('counts as the gateway says; one approved late raises, too', () => {
    given(initiated(), authorized(), increment('15.00'))
      .when(answered(approved('12.00')))
      .thenAmounts({ authorized: '12.00' });
    given(initiated(), authorized(), increment('20.00'), answered(declined()))
      .and(increment('15.00'), answered(approved()))
      .when(answered(approved(), { intent: 2 }))
      .thenAmounts({ authorized: '20.00' });
  });

  it('that the gateway lacks is refused without an event', () => {
    given(initiated(), authorized())
      .when(increment('15.00', true))
      .thenRejected('UNSUPPORTED_BY_GATEWAY');
  });

  it('declined changes nothing', () => {
    given(initiated(), authorized(), increment('15.00'))
      .when(answered(declined()))
      .thenStatus('AUTHORIZED')
      .thenAmounts({ authorized: '10.00' });
  });

  it('that was declined and turns out approved counts, but never lowers a newer one', () => {
    given(initiated(), authorized(), increment('12.00'), answered(declined()))
      .when(answered(approved(), { intent: 2 }))
      .thenAmounts({ authorized: '12.00' });
    given(initiated(), authorized(), increment('12.00'), answered(declined()))
      .and(increment('15.00'), answered(approved()))
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('IncrementApproved')
      .thenAmounts({ authorized: '15.00' });
  });

  it('does not revive what is cancelled', () => {
    given(initiated(), authorized(), increment('12.00'), answered(declined()))
      .and(cancel(), answered(approved()))
      .when(lateApproval({ intent: 2 }))
      .thenStatus('CANCELLED');
  });

  it(`is possible ${INCREMENTS_MAX} times`, () => {
    const story = given(initiated(), authorized());
    for (let count = 1; count <= INCREMENTS_MAX; count += 1) {
      story.and(increment(`${10 + count}.00`), answered(approved()));
    }
    story.when(increment('50.00')).thenRejected('INCREMENT_LIMIT_REACHED');
  });

  it('has no place after a purchase', () => {
    given(automatic(), purchased())
      .when((payment, at) => ({
        type: 'IncrementAuthorization',
        at,
        key: nextKey(payment),
        amount: 2000n,
        unsupported: false,
      }))
      .thenRejected('ILLEGAL_TRANSITION');
  });
});
