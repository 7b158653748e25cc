import {
  answered,
  approved,
  declined,
  dispute,
  gone,
  lateApproval,
  lateDecline,
  pending,
  refundFailed,
  requiresAction,
  takenOver,
} from '../testing/gateway-words.js';
import {
  attempt,
  automatic,
  cancel,
  initiated,
  refunded,
  retry,
  startUndo,
  startVoid,
  purchasedTwice,
  refund,
} from '../testing/payment-steps.js';
import { existing, given, type Steps, type Story } from '../testing/payment-story.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';
import { viewOf } from './payment.view.js';

const next = (story: Story) => nextStep(existing(story.payment));

describe('an approval of another amount than asked', () => {
  it('fails the payment in the same append and is given back: a void', () => {
    given(initiated(), attempt())
      .when(answered(approved('5.00')))
      .thenEvents({ type: 'AuthorizationApproved', data: { undo: true } }, 'PaymentFailed')
      .thenStatus('FAILED', 'partial_approval')
      .thenAmounts({ authorized: '0.00', captured: '0.00' })
      .when(startUndo(1))
      .thenEvents({ type: 'VoidRequested', data: { cause: 'undo', target: 1, amount: '500' } })
      .when(answered(approved()))
      .thenStatus('FAILED', 'partial_approval');
  });

  it('of a purchase is refunded, and counts in no total', () => {
    given(automatic(), attempt('purchase'), answered(approved('15.00')))
      .when(startUndo(1))
      .thenEvents({ type: 'RefundRequested', data: { cause: 'undo', amount: '1500' } })
      .when(answered(approved()))
      .thenStatus('FAILED', 'partial_approval')
      .thenAmounts({ captured: '0.00', refunded: '0.00' });
  });

  it('of a purchase is refunded also where its authorization is said to be gone', () => {
    const story = given(automatic(), attempt('purchase'), answered(approved('5.00')));
    story.when(gone({ intent: 1 })).thenNothing();
    story.when(answered(approved('5.00', { gone: true }), { intent: 1 })).thenNothing();
    expect(next(story)).toMatchObject({ step: 'undo', target: 1 });
  });

  it('in another currency is none that the payment rests on', () => {
    given(initiated(), attempt())
      .when(answered(approved('10.00', { currency: 'USD' })))
      .thenEvents({ type: 'AuthorizationApproved', data: { undo: true } }, 'PaymentFailed');
  });

  it('where a void was asked for ends as asked', () => {
    given(initiated(), attempt(), answered(requiresAction()), cancel(), answered(declined()))
      .when(answered(approved('5.00'), { intent: 1 }))
      .thenEvents('AuthorizationApproved', 'PaymentCancelled')
      .thenStatus('CANCELLED');
  });

  it('lets no retry begin before it is given back', () => {
    const story = given(initiated(), attempt(), answered(approved('5.00')));
    story.when(retry()).thenRejected('RETRY_NOT_ALLOWED');
    story.and(startUndo(1), answered(declined()));
    story.when(retry()).thenRejected('RETRY_NOT_ALLOWED');
    story.and(startUndo(1), answered(approved())).when(retry()).thenStatus('INITIATED');
  });
});

describe('an approval beside the one that the payment rests on', () => {
  const late = [
    automatic(),
    attempt('purchase', 'alpha'),
    takenOver(),
    answered(declined('do_not_honor')),
    attempt('purchase', 'beta'),
  ];

  it('changes no status, and is refunded while the other attempt goes on', () => {
    const story = given(...late);
    story
      .when(lateApproval({ intent: 1 }))
      .thenEvents({ type: 'PurchaseApproved', data: { undo: true } })
      .thenStatus('PROCESSING')
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('CAPTURED')
      .thenAmounts({ captured: '10.00' });
    expect(next(story)).toMatchObject({ step: 'undo', target: 1 });
    story.and(startUndo(1), answered(approved()));
    expect(next(story)).toEqual({ step: 'none' });
  });

  it('lets no new attempt begin before it is given back', () => {
    const story = given(...late, lateApproval({ intent: 1 }), answered(declined('do_not_honor')));
    expect(next(story)).toMatchObject({ step: 'undo', target: 1 });
    story.when(attempt('purchase', 'gamma')).thenNothing();
    story.and(startUndo(1), answered(approved()));
    expect(next(story)).toMatchObject({ step: 'attempt' });
  });

  it('does not hold up the capture of the one that stands', () => {
    const story = given(
      automatic(),
      attempt('purchase', 'alpha'),
      answered(declined('do_not_honor')),
      attempt('authorize', 'beta'),
      answered(approved()),
      lateApproval({ intent: 1 }),
      dispute('opened', { intent: 1 }),
    );
    expect(next(story)).toMatchObject({ step: 'capture', trigger: 'automatic' });
  });

  it('does not hold up what is due while its own pause lasts', () => {
    const story = given(
      automatic(),
      attempt('purchase', 'alpha'),
      answered(declined('do_not_honor')),
      attempt('authorize', 'beta'),
      answered(approved()),
      lateApproval({ intent: 1 }),
      startUndo(1),
      answered(declined()),
    );
    expect(next(story)).toMatchObject({ step: 'capture', trigger: 'automatic' });
  });

  it('whose void is declined shows no failure of the payment', () => {
    const story = given(
      initiated(),
      attempt('authorize', 'alpha'),
      answered(declined('do_not_honor')),
      attempt('authorize', 'beta'),
      answered(approved()),
      answered(approved(), { intent: 1 }),
      startUndo(1),
      answered(declined()),
    );
    expect(viewOf(existing(story.payment))).toMatchObject({ status: 'AUTHORIZED', failure: null });
    story.when(cancel()).thenEvents('VoidRequested');
    story.when(answered(declined('do_not_honor')));
    expect(viewOf(existing(story.payment)).failure).toMatchObject({ code: 'do_not_honor' });
  });

  it('counts a refund of ours that failed once, told by answer and feed', () => {
    const story = given(...late, lateApproval({ intent: 1 }), answered(approved(), { intent: 2 }));
    story.and(startUndo(1), answered(declined()));
    story.when(refundFailed({ intent: 3 })).thenEvents('RefundFailed');
    expect(story.payment?.ownDeclines).toBe(1);
  });

  it('is not refunded twice: neither beside a pending refund nor what a lost dispute took', () => {
    const story = given(...late, lateApproval({ intent: 1 }), answered(approved(), { intent: 2 }));
    story.and(startUndo(1), answered(pending()));
    story.when(startUndo(1)).thenNothing();
    const disputed = given(
      ...late,
      lateApproval({ intent: 1 }),
      answered(approved(), { intent: 2 }),
    );
    disputed.and(dispute('opened', { intent: 1, amount: '4.00' }));
    disputed.when(startUndo(1)).thenNothing();
    disputed.and(dispute('lost', { intent: 1, amount: '4.00' }));
    disputed
      .when(startUndo(1))
      .thenEvents({ type: 'RefundRequested', data: { amount: '600' } })
      .thenAmounts({ captured: '10.00', chargedBack: '0.00' });
  });

  it('is refunded whole whatever becomes of what the payment rests on', () => {
    const whole = { type: 'RefundRequested', data: { target: 1, amount: '1000' } };
    given(automatic(), purchasedTwice(), dispute('opened', { intent: 2 }))
      .when(startUndo(1))
      .thenEvents(whole);
    given(automatic(), purchasedTwice(), dispute('lost', { intent: 2 }))
      .when(startUndo(1))
      .thenEvents(whole);
    given(automatic(), purchasedTwice(), refund('4.00'), answered(pending()))
      .when(startUndo(1))
      .thenEvents(whole);
    given(automatic(), purchasedTwice(), dispute('lost', { intent: 2 }), startUndo(1))
      .when(answered(approved()))
      .thenStatus('DISPUTED');
  });

  it('in dispute does not make the payment DISPUTED', () => {
    given(automatic(), purchasedTwice())
      .when(dispute('opened', { intent: 1 }))
      .thenStatus('CAPTURED');
  });

  it('is given back beside another one, each whole', () => {
    const story = given(...late, answered(declined('do_not_honor')))
      .and(attempt('purchase', 'gamma'), answered(approved()))
      .and(lateApproval({ intent: 1 }), lateApproval({ intent: 2 }))
      .and(startUndo(1), answered(approved()));
    expect(next(story)).toMatchObject({ step: 'undo', target: 2 });
    story.when(startUndo(2)).thenEvents({ type: 'RefundRequested', data: { amount: '1000' } });
    story.when(answered(approved())).thenEvents('RefundSucceeded').thenStopped(false);
    expect(next(story)).toEqual({ step: 'none' });
  });

  it('breaks a rule where a dispute comes while its refund is under way; the rule holds once it is won', () => {
    given(automatic(), purchasedTwice(), startUndo(1), answered(pending()))
      .when(dispute('opened', { intent: 1, amount: '4.00' }))
      .thenEvents('DisputeOpened', {
        type: 'MoneyRuleBroken',
        data: { rule: 'dispute_on_undone_approval', excess: '400' },
      })
      .thenStopped()
      .when(dispute('won', { intent: 1, amount: '4.00' }))
      .thenStopped(false);
  });

  it('that a void finds gone is given back: no further void is due, and none was in vain', () => {
    const story = given(initiated(), attempt(), answered(approved('5.00')), startUndo(1));
    story
      .when(answered(declined('generic_decline', true)))
      .thenEvents('AuthorizationExpired', 'VoidDeclined')
      .thenStatus('FAILED', 'partial_approval');
    expect(next(story)).toEqual({ step: 'none' });
    expect(story.payment?.ownDeclines).toBe(0);
  });

  it('whose refund finds its authorization gone says nothing of the one that is held', () => {
    const held = [
      automatic(),
      attempt('purchase', 'alpha'),
      answered(declined('do_not_honor')),
      attempt('authorize', 'beta'),
      answered(approved()),
      lateApproval({ intent: 1 }),
      startUndo(1),
    ];
    given(...held)
      .when(answered(declined('generic_decline', true)))
      .thenEvents('RefundFailed')
      .thenStatus('AUTHORIZED');
    given(...held)
      .when(answered(approved(undefined, { gone: true })))
      .thenEvents('RefundSucceeded')
      .thenStatus('AUTHORIZED')
      .when(answered(declined('generic_decline', true), { intent: 3 }))
      .thenNothing();
  });

  it('given back leaves the next one all its tries', () => {
    const inVain = [startUndo(1), answered(declined())];
    const story = given(...late, answered(declined('do_not_honor')))
      .and(lateApproval({ intent: 1 }), lateApproval({ intent: 2 }))
      .and(...Array.from({ length: OWN_STEP_TRIES_MAX - 1 }, () => inVain))
      .and(startUndo(1), answered(approved()));
    expect(next(story)).toEqual({ step: 'undo', target: 2, at: null });
    story.and(startUndo(2), answered(declined()));
    expect(story.payment).toMatchObject({ stop: null, ownDeclines: 1 });
    const voided = given(initiated(), attempt(), answered(approved('5.00'))).and(
      startUndo(1),
      answered(declined()),
      startUndo(1),
      answered(approved()),
    );
    expect(voided.payment?.ownDeclines).toBe(0);
  });

  it('whose refund was declined is due again after a pause, and no attempt before', () => {
    const story = given(...late, lateApproval({ intent: 1 }), answered(declined('do_not_honor')));
    story.and(startUndo(1), answered(declined()));
    expect(next(story)).toMatchObject({ step: 'undo', target: 1, at: expect.any(String) });
    const atRest = given(automatic(), purchasedTwice(), startUndo(1), answered(declined()));
    expect(next(atRest)).toMatchObject({ step: 'undo', target: 1, at: expect.any(String) });
  });

  it('has no window that could put off the end of the one that is held', () => {
    const expiresAt = '2027-01-01T00:00:00.000Z';
    given(initiated(), attempt('authorize', 'alpha'), answered(declined('do_not_honor')))
      .and(attempt('authorize', 'beta'), answered(approved()), answered(approved(), { intent: 1 }))
      .when(answered(approved(undefined, { expiresAt }), { intent: 1 }))
      .thenNothing();
  });

  it('breaks a rule where a dispute takes what was given back already', () => {
    given(...late, lateApproval({ intent: 1 }), answered(approved(), { intent: 2 }))
      .and(startUndo(1), answered(approved()))
      .when(dispute('opened', { intent: 1, amount: '4.00' }))
      .thenEvents('DisputeOpened', {
        type: 'MoneyRuleBroken',
        data: { rule: 'dispute_on_undone_approval', excess: '400' },
      })
      .thenStopped();
  });

  it('does not decide what took the last of the payment itself', () => {
    given(...late, lateApproval({ intent: 1 }), answered(approved(), { intent: 2 }))
      .and(refunded('10.00'), dispute('opened', { intent: 1 }))
      .when(dispute('lost', { intent: 1 }))
      .thenStatus('REFUNDED');
  });
});

describe('the tries of an approval that is given back', () => {
  const another = [
    initiated(),
    attempt(),
    answered(declined('do_not_honor')),
    attempt('authorize', 'beta'),
    answered(requiresAction()),
    cancel(),
    answered(declined()),
    ...Array.from({ length: OWN_STEP_TRIES_MAX - 2 }, () => [
      startVoid('cancel'),
      answered(declined()),
    ]),
  ];

  it.each<[string, Steps]>([
    ['was voided', [startVoid('cancel'), answered(approved())]],
    ['was declined', [lateDecline({ intent: 2 })]],
  ])('are all its own once the action whose void was declined %s', (_, end) => {
    const story = given(...another);
    expect(story.payment?.ownDeclines).toBe(OWN_STEP_TRIES_MAX - 1);
    story.and(end);
    expect(story.payment).toMatchObject({ status: 'CANCELLED', ownDeclines: 0 });
    story.and(lateApproval({ intent: 1 }));
    expect(next(story)).toEqual({ step: 'undo', target: 1, at: null });
    story.and(startUndo(1), answered(declined()));
    expect(story.payment?.stop).toBeNull();
  });
});
