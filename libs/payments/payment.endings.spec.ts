import {
  answered,
  approved,
  askedAuthorization,
  declined,
  lateApproval,
  gone,
  lateDecline,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  initiated,
  nextKey,
  refund,
  retry,
  startVoid,
  increment,
  riskAlarm,
  reject,
} from '../testing/payment-steps.js';
import { existing, given } from '../testing/payment-story.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';

describe('cancelling', () => {
  it('before anything was asked of a gateway is one event', () => {
    given(initiated())
      .when(cancel('sold out'))
      .thenEvents({
        type: 'PaymentCancelled',
        data: { reason: 'sold out' },
      });
  });

  it('waits for the attempt that is under way', () => {
    given(initiated(), attempt()).when(cancel()).thenRejected('OPERATION_IN_PROGRESS');
  });

  it('an authorized payment voids what is held', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(cancel())
      .thenEvents({ type: 'VoidRequested', data: { amount: '600', target: 1, cause: 'cancel' } })
      .thenStatus('AUTHORIZED')
      .when(answered(approved()))
      .thenStatus('CAPTURED')
      .thenAmounts({ authorized: '10.00', captured: '4.00' });
  });

  it('leads to CANCELLED where nothing was captured', () => {
    given(initiated(), authorized(), cancel())
      .when(answered(approved()))
      .thenEvents('VoidApproved')
      .thenStatus('CANCELLED')
      .when(cancel())
      .thenRejected('ILLEGAL_TRANSITION');
  });

  it('changes nothing where the gateway declines the void, and may be asked again', () => {
    given(initiated(), authorized(), cancel())
      .when(answered(declined('processing_error')))
      .thenEvents('VoidDeclined')
      .thenStatus('AUTHORIZED')
      .thenStopped(false)
      .when(cancel())
      .thenEvents('VoidRequested');
  });

  it("in vain, however often, is the merchant's matter: nothing is stopped", () => {
    const inVain = [cancel(), answered(declined())];
    const story = given(
      initiated(),
      authorized(),
      ...Array.from({ length: OWN_STEP_TRIES_MAX }, () => inVain),
    );
    expect(story.payment).toMatchObject({ stop: null, ownDeclines: 0 });
  });

  it('finds the authorization gone: EXPIRED, by the rule where something was captured', () => {
    given(initiated(), authorized(), cancel())
      .when(answered(declined('generic_decline', true)))
      .thenStatus('EXPIRED')
      .thenNoIntentOpen();
    given(initiated(), authorized(), captured('4.00'), cancel())
      .when(answered(declined('generic_decline', true)))
      .thenStatus('CAPTURED');
  });

  it('that was declined and turns out approved after all, ends it', () => {
    given(initiated(), authorized(), cancel(), answered(declined()))
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('CANCELLED');
  });
});

describe('the end of an authorization', () => {
  it('is asked for when its window is over', () => {
    const { payment } = given(initiated(), authorized());
    expect(nextStep(existing(payment))).toEqual({
      step: 'ask_authorization',
      intent: 1,
      at: existing(payment).hold?.expiresAt,
    });
    const expiresAt = '2026-03-02T00:00:00.000Z';
    const named = given(initiated(), attempt(), answered(approved(undefined, { expiresAt })));
    expect(nextStep(existing(named.payment))).toMatchObject({ at: expiresAt });
  });

  it('is EXPIRED where it is gone', () => {
    given(initiated(), authorized())
      .when(askedAuthorization(true))
      .thenEvents('AuthorizationExpired')
      .thenStatus('EXPIRED');
  });

  it('is by the rule where something was captured', () => {
    given(initiated(), authorized(), captured('4.00'))
      .when(askedAuthorization(true))
      .thenStatus('CAPTURED')
      .when(refund('4.00'))
      .thenStatus('REFUND_INITIATED');
  });

  it('is put off where the gateway still holds it, never brought forward', () => {
    const story = given(initiated(), authorized());
    story
      .when(askedAuthorization(false, '2027-01-01T00:00:00.000Z'))
      .thenEvents('AuthorizationExtended')
      .thenStatus('AUTHORIZED');
    story.when(askedAuthorization(false, '2026-12-01T00:00:00.000Z')).thenNothing();
    expect(existing(story.payment).hold?.expiresAt).toBe('2027-01-01T00:00:00.000Z');
  });

  it('is a void of ours only where the window was our own default', () => {
    const week = 7 * 86_400;
    given(initiated(), authorized())
      .later(week + 10)
      .when(startVoid('expiry'))
      .thenEvents({ type: 'VoidRequested', data: { cause: 'expiry' } })
      .when(answered(approved()))
      .thenStatus('EXPIRED');
    const expiresAt = '2026-03-02T00:00:00.000Z';
    given(initiated(), attempt(), answered(approved(undefined, { expiresAt })))
      .later(week)
      .when(startVoid('expiry'))
      .thenNothing();
    given(initiated(), authorized(), askedAuthorization(false, '2027-01-01T00:00:00.000Z'))
      .later(366 * 86_400)
      .when(startVoid('expiry'))
      .thenNothing()
      .thenStatus('AUTHORIZED');
  });

  it('is as the gateway names it also where a webhook that names none overtook the answer', () => {
    const story = given(initiated(), attempt(), lateApproval({ intent: 1 }));
    const expiresAt = '2026-03-02T00:00:00.000Z';
    const named = answered(approved(undefined, { expiresAt }), { intent: 1 });
    story.when(named).thenEvents({ type: 'AuthorizationExtended', data: { expiresAt } });
    expect(existing(story.payment).hold).toMatchObject({ expiresAt, windowFrom: 'gateway' });
    story.when(named).thenNothing();
    given(initiated(), authorized(), cancel(), answered(approved())).when(named).thenNothing();
  });

  it('has its pause where that void was declined', () => {
    const story = given(initiated(), authorized()).later(8 * 86_400);
    story.and(startVoid('expiry'), answered(declined()));
    const step = nextStep(existing(story.payment));
    if (step.step !== 'ask_authorization') throw new Error(step.step);
    expect(Date.parse(step.at) - Date.parse(story.now)).toBe(60_000);
  });

  it('in a capture answer ends it in the same append', () => {
    given(initiated(), authorized(), capture('4.00'))
      .when(answered(declined('generic_decline', true)))
      .thenEvents('CaptureDeclined', 'AuthorizationExpired')
      .thenStatus('EXPIRED');
    given(initiated(), authorized(), capture('4.00'))
      .when(answered(approved(undefined, { gone: true })))
      .thenEvents('CaptureApproved', 'AuthorizationExpired')
      .thenStatus('CAPTURED');
  });

  it('in any other answer ends it as well, once', () => {
    const said = approved(undefined, { gone: true });
    given(initiated(), attempt())
      .when(answered(said))
      .thenEvents('AuthorizationApproved', 'AuthorizationExpired')
      .thenStatus('EXPIRED')
      .when(answered(said, { intent: 1 }))
      .thenNothing();
    given(initiated(), authorized())
      .when(answered(said, { intent: 1 }))
      .thenEvents('AuthorizationExpired')
      .thenStatus('EXPIRED');
    given(initiated(), authorized(), increment('15.00'))
      .when(answered(declined('generic_decline', true)))
      .thenEvents('IncrementDeclined', 'AuthorizationExpired')
      .thenStatus('EXPIRED');
  });

  it('in the answer of the void that released it is no other end', () => {
    given(initiated(), authorized(), cancel())
      .when(answered(approved(undefined, { gone: true })))
      .thenEvents('VoidApproved')
      .thenStatus('CANCELLED');
  });

  it('that the feed told first stands, whatever becomes of the void that was under way', () => {
    given(initiated(), authorized(), cancel(), gone({ intent: 1 }))
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('EXPIRED');
  });

  it('after the void of a rejection was declined is the end of a review like any other', () => {
    given(initiated(), authorized(), riskAlarm(), reject(), answered(declined()))
      .when(askedAuthorization(true))
      .thenStatus('EXPIRED');
    given(initiated(), authorized(), riskAlarm(), reject())
      .when(answered(declined('generic_decline', true)))
      .thenStatus('CANCELLED');
  });

  it('is of no interest once nothing is held, and is not put off to where it is', () => {
    given(initiated(), authorized(), captured('4.00', { final: true }))
      .when(askedAuthorization(true))
      .thenNothing();
    const story = given(initiated(), authorized());
    story
      .when(askedAuthorization(false, existing(story.payment).hold?.expiresAt ?? null))
      .thenNothing();
  });

  it('is told by nothing but its own fact: not by that of a declined void', () => {
    given(initiated(), authorized(), cancel())
      .when(lateDecline({ intent: 2 }))
      .thenEvents('VoidDeclined')
      .thenStatus('AUTHORIZED');
  });

  it('of an earlier life does not touch the one held now', () => {
    given(automatic(), authorized(), retriedOnce())
      .when(answered(declined('generic_decline', true), { intent: 3 }))
      .thenNothing()
      .when(answered(declined('generic_decline', true), { intent: 2 }))
      .thenNothing()
      .thenStatus('AUTHORIZED');
  });
});

/** Automatic capture declined, voided, failed, tried again, authorized again. */
function retriedOnce() {
  return [
    (payment: Parameters<typeof nextKey>[0], at: string) =>
      ({ type: 'StartCapture', at, key: nextKey(payment), trigger: 'automatic' }) as const,
    answered(declined()),
    startVoid('capture_declined'),
    answered(approved()),
    retry(),
    attempt(),
    answered(approved()),
  ];
}
