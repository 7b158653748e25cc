import {
  answered,
  approved,
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  confirm,
  declined,
  dispute,
  fact,
  gone,
  increment,
  initiated,
  lateApproval,
  lateDecline,
  nextKey,
  pending,
  purchased,
  refund,
  refunded,
  refundFailed,
  refused,
  requiresAction,
  resolve,
  retry,
  settled,
  startUndo,
  startVoid,
  takenOver,
  unknown,
} from '../testing/payment-steps.js';
import { existing, given, type Step, type Story } from '../testing/payment-story.js';
import { DECLINE_CODES, type DeclineCode } from './failure-codes.js';
import { nextStep } from './payment.next-step.js';
import { ATTEMPTS_MAX } from './payment.limits.js';

const next = (story: Story) => nextStep(existing(story.payment));

describe('an attempt', () => {
  it('is an intent before its call and one event after it', () => {
    given(initiated())
      .when(attempt())
      .thenEvents({ type: 'AuthorizationRequested', data: { intent: 1, key: 'key-1' } })
      .thenStatus('PROCESSING')
      .when(answered(approved()))
      .thenEvents({ type: 'AuthorizationApproved', data: { undo: false, windowFrom: 'default' } })
      .thenStatus('AUTHORIZED')
      .thenAmounts({ authorized: '10.00', captured: '0.00' });
  });

  it('as a purchase captures at once', () => {
    given(automatic(), attempt('purchase'))
      .when(answered(approved()))
      .thenStatus('CAPTURED')
      .thenAmounts({ authorized: '10.00', captured: '10.00' });
    given(automatic(), attempt('purchase'))
      .when(answered(approved(undefined, { settled: true })))
      .thenStatus('COMPLETED');
  });

  it('is never a second one beside an open one, nor after an approval', () => {
    given(initiated(), attempt()).when(attempt()).thenNothing();
    given(initiated(), authorized()).when(attempt()).thenNothing();
  });

  it.each(Object.keys(DECLINE_CODES) as DeclineCode[])(
    'declined with %s: who may be asked next',
    (code) => {
      const story = given(initiated(), attempt('authorize', 'alpha'), answered(declined(code)));
      switch (DECLINE_CODES[code]) {
        case 'same_gateway_once':
          expect(next(story)).toMatchObject({ step: 'attempt', gateway: 'alpha' });
          story.and(attempt('authorize', 'alpha'), answered(declined(code)));
          expect(next(story)).toMatchObject({ step: 'attempt', gateway: null, tried: ['alpha'] });
          return;
        case 'other_gateway':
          expect(next(story)).toMatchObject({ step: 'attempt', gateway: null, tried: ['alpha'] });
          return;
        case 'never':
          expect(story.payment).toMatchObject({ status: 'FAILED', phase: { code } });
          return;
      }
    },
  );

  it('declined where no other gateway is left ends the payment with that code', () => {
    given(initiated(), attempt())
      .when(answered(declined('do_not_honor'), { otherGateway: false }))
      .thenEvents({ type: 'AttemptDeclined', data: { ends: 'do_not_honor' } })
      .thenStatus('FAILED', 'do_not_honor');
  });

  it('declined by the feed goes on as by an answer', () => {
    const told = (otherGateway: boolean): Step => {
      return (payment, at) => {
        const made = lateDecline({ intent: 1 })(payment, at);
        if (!('type' in made) || made.type !== 'RecordFact') throw new Error('no fact');
        return { ...made, otherGateway };
      };
    };
    const waiting = [initiated(), attempt(), answered(pending())];
    given(...waiting)
      .when(told(true))
      .thenStatus('PROCESSING')
      .thenNoIntentOpen();
    given(...waiting)
      .when(told(false))
      .thenStatus('FAILED', 'generic_decline');
  });

  it('refused by its only sender ends the attempt; another gateway may be tried', () => {
    given(initiated(), attempt())
      .when(answered(refused('not_sent')))
      .thenEvents('AttemptRefused')
      .thenStatus('PROCESSING')
      .thenNoIntentOpen();
  });

  it(`ends as attempts_exhausted after ${ATTEMPTS_MAX}`, () => {
    const story = given(initiated());
    for (let count = 1; count < ATTEMPTS_MAX; count += 1) {
      story.and(attempt('authorize', `gateway-${count}`), answered(declined('do_not_honor')));
    }
    story
      .and(attempt())
      .when(answered(declined('do_not_honor')))
      .thenStatus('FAILED', 'attempts_exhausted')
      .when(retry())
      .thenRejected('RETRY_NOT_ALLOWED');
  });
});

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

describe('an action of the customer', () => {
  const waiting = [initiated(), attempt(), answered(requiresAction())];

  it('is waited for', () => {
    const story = given(...waiting);
    expect(story.payment?.status).toBe('REQUIRES_ACTION');
    expect(next(story)).toMatchObject({ step: 'void', cause: 'action_timed_out' });
    story.when(confirm()).thenNothing();
  });

  it.each<[string, Parameters<Story['when']>[0], string]>([
    ['confirm learns of', answered(approved(), { intent: 1 }), 'AUTHORIZED'],
    ['the feed brings', lateApproval({ intent: 1 }), 'AUTHORIZED'],
    ['the feed brings a decline of', lateDecline({ intent: 1 }), 'FAILED'],
    ['the gateway drops', gone({ intent: 1 }), 'FAILED'],
  ])('%s it', (_, step, status) => {
    const story = given(...waiting).and(step);
    expect(story.payment?.status).toBe(status);
  });

  it('that takes too long is voided, then FAILED', () => {
    given(...waiting)
      .when(startVoid('action_timed_out'))
      .thenEvents({ type: 'VoidRequested', data: { target: 1, cause: 'action_timed_out' } })
      .thenStatus('REQUIRES_ACTION')
      .when(answered(approved()))
      .thenStatus('FAILED', 'action_timed_out')
      .when(retry())
      .thenStatus('INITIATED');
  });

  it('that came in time is not voided by a step planned before', () => {
    given(...waiting, lateApproval({ intent: 1 }))
      .when(startVoid('action_timed_out'))
      .thenNothing();
  });

  it('is cancelled by a void; its decline meanwhile means CANCELLED', () => {
    given(...waiting, cancel())
      .when(answered(approved()))
      .thenStatus('CANCELLED');
    given(...waiting, cancel())
      .when(lateDecline({ intent: 1 }))
      .thenEvents('AttemptDeclined', 'PaymentCancelled')
      .thenStatus('CANCELLED')
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('CANCELLED');
  });

  it('whose void was declined keeps its direction, until it is reached', () => {
    const story = given(...waiting, cancel(), answered(declined()));
    story.when(confirm()).thenRejected('OPERATION_IN_PROGRESS');
    expect(next(story)).toMatchObject({ step: 'ask_action', intent: 1 });
    story.when(answered(approved(), { intent: 1 })).thenStatus('AUTHORIZED');
    expect(next(story)).toMatchObject({ step: 'void', cause: 'cancel' });
    story.when(capture()).thenRejected('OPERATION_IN_PROGRESS');
    story.when(increment('12.00')).thenRejected('OPERATION_IN_PROGRESS');
    story.and(startVoid('cancel')).when(answered(approved())).thenStatus('CANCELLED');
  });

  it('whose void was declined ends EXPIRED where it was authorized and is gone', () => {
    given(...waiting, cancel(), answered(declined()), answered(approved(), { intent: 1 }))
      .when(gone({ intent: 1 }))
      .thenStatus('EXPIRED');
  });

  it('whose void was declined, and which was charged, is by the rule', () => {
    const story = given(
      automatic(),
      attempt('purchase'),
      answered(requiresAction()),
      cancel(),
      answered(declined()),
    );
    story.when(answered(approved(), { intent: 1 })).thenStatus('CAPTURED');
    expect(next(story)).toEqual({ step: 'none' });
    story.when(refund()).thenEvents('RefundRequested');
  });

  it('that was charged while its void was under way, and voided after all, holds nothing', () => {
    given(automatic(), attempt('purchase'), answered(requiresAction()), cancel())
      .when(lateApproval({ intent: 1 }))
      .thenStatus('CAPTURED')
      .thenAmounts({ captured: '10.00' })
      .when(answered(approved(), { intent: 2 }))
      .thenStatus('CANCELLED')
      .thenAmounts({ captured: '0.00' });
  });

  it('gone without a result counts once, as if voided', () => {
    given(...waiting, cancel(), answered(declined()))
      .when(gone({ intent: 1 }))
      .thenEvents('AttemptDeclined', 'PaymentCancelled')
      .when(gone({ intent: 1 }))
      .thenNothing();
  });

  it('whose void found nothing to release ends as asked, and says no more after a retry', () => {
    const dropped = given(...waiting, startVoid('action_timed_out'));
    dropped
      .when(answered(declined('generic_decline', true)))
      .thenEvents('AttemptDeclined', 'PaymentFailed', 'VoidDeclined')
      .thenStatus('FAILED', 'action_timed_out');
    expect(dropped.payment?.ownDeclines).toBe(0);
    dropped
      .and(retry(), attempt())
      .when(lateDecline({ intent: 1 }))
      .thenNothing()
      .when(lateApproval({ intent: 1 }))
      .thenEvents({ type: 'AuthorizationApproved', data: { undo: true } })
      .thenStatus('PROCESSING');
  });

  it('that was voided and is approved later is an older fact, but not its settlement', () => {
    const voided = [automatic(), attempt('purchase'), answered(requiresAction()), cancel()];
    given(...voided, answered(approved()))
      .when(lateApproval({ intent: 1 }))
      .thenNothing()
      .when(settled({ intent: 1 }))
      .thenEvents({ type: 'PurchaseApproved', data: { undo: true } }, 'CaptureSettled')
      .thenStatus('CANCELLED')
      .when(startUndo(1))
      .thenEvents({ type: 'RefundRequested', data: { cause: 'undo' } });
  });

  it('of an earlier life decides nothing of the attempt that followed', () => {
    given(...waiting, startVoid('action_timed_out'), answered(approved()), retry(), attempt())
      .when(lateDecline({ intent: 1 }))
      .thenNothing()
      .when(answered(approved(), { intent: 3 }))
      .thenStatus('AUTHORIZED');
  });
});

describe('an unknown outcome', () => {
  it('is no failure: only the word of the gateway under the same key ends it', () => {
    given(initiated(), attempt())
      .when(answered(unknown()))
      .thenEvents('OutcomeUnknown')
      .thenStatus('PROCESSING')
      .when(attempt())
      .thenNothing()
      .when(answered(refused(), { soleSender: false }))
      .thenNothing()
      .when(answered(approved()))
      .thenStatus('AUTHORIZED');
  });

  it('is what a refusal means to anybody but the only sender', () => {
    given(initiated(), attempt())
      .when(answered(refused(), { soleSender: false }))
      .thenEvents('OutcomeUnknown');
  });

  it('is recorded once by who takes over, and leaves a refusal without a say', () => {
    given(initiated(), attempt())
      .when(takenOver())
      .thenEvents('OutcomeUnknown')
      .when(takenOver())
      .thenNothing()
      .when(answered(refused('not_sent')))
      .thenNothing();
  });

  it('is pending alike, but for a refund', () => {
    given(initiated(), attempt())
      .when(answered(pending()))
      .thenEvents('OperationPending')
      .thenStatus('PROCESSING')
      .when(cancel())
      .thenRejected('OPERATION_IN_PROGRESS');
    given(automatic(), purchased(), refund('4.00'))
      .when(answered(pending()))
      .thenEvents('RefundPending')
      .thenNoIntentOpen()
      .when(refund('6.00'))
      .thenEvents('RefundRequested');
  });

  it('of a fact that no operation knows is kept for auditors, once', () => {
    const stranger = settled({ key: 'nobody', id: 'f-1' });
    given(initiated())
      .when(stranger)
      .thenEvents('FactUnmatched')
      .thenStatus('INITIATED')
      .when(stranger)
      .thenNothing();
  });

  it('a fact in another currency proves nothing', () => {
    given(automatic(), attempt('purchase'))
      .when((payment, at) => {
        const made = fact({ type: 'settled' }, { intent: 1 })(payment, at);
        if (!('type' in made) || made.type !== 'RecordFact') throw new Error('no fact');
        return { ...made, fact: { ...made.fact, currency: 'USD' } };
      })
      .thenEvents('FactUnmatched')
      .thenStatus('PROCESSING');
  });
});

describe('a retry', () => {
  const failed = [initiated(), attempt(), answered(declined())];

  it('starts over, with the numbers of intents going on', () => {
    given(...failed)
      .when(retry())
      .thenEvents('RetryRequested')
      .thenStatus('INITIATED')
      .when(attempt())
      .thenEvents({ type: 'AuthorizationRequested', data: { intent: 2 } });
  });

  it('may be refused by its own risk verdict', () => {
    given(...failed)
      .when(retry({ verdict: 'reject', score: 99, reasons: [] }))
      .thenEvents('RetryRequested', 'PaymentFailed')
      .thenStatus('FAILED', 'risk_rejected');
  });

  it('is refused where money was captured, whatever became of it', () => {
    given(automatic(), purchased(), fact({ type: 'settlement_failed' }, { intent: 1 }))
      .when(retry())
      .thenRejected('RETRY_NOT_ALLOWED');
  });

  it('waits for a refund of ours that is still pending, whatever an operator gave back by hand', () => {
    given(automatic(), attempt('purchase'), answered(approved('5.00')))
      .and(startUndo(1), answered(pending()), resolve({ intent: 1, outcome: 'undone' }))
      .when(retry())
      .thenRejected('RETRY_NOT_ALLOWED');
  });

  it('is not ended by a void of the life before', () => {
    given(automatic(), authorized(), cancel(), answered(declined()))
      .and(startAutomaticCapture(), answered(declined()))
      .and(startVoid('capture_declined'), answered(approved()), retry())
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('VoidApproved')
      .thenStatus('INITIATED');
  });

  it('after a declined automatic capture does not charge twice where that capture was approved after all', () => {
    const story = given(automatic(), authorized(), startAutomaticCapture(), answered(declined()))
      .and(startVoid('capture_declined'), answered(approved()), retry())
      .and(attempt('purchase', 'beta'));
    story
      .when(lateApproval({ intent: 2 }))
      .thenEvents('CaptureApproved')
      .thenStatus('CAPTURED')
      .thenAmounts({ authorized: '10.00', captured: '10.00' })
      .when(answered(approved(), { intent: 4 }))
      .thenEvents({ type: 'PurchaseApproved', data: { undo: true } })
      .thenAmounts({ captured: '10.00' });
    expect(next(story)).toMatchObject({ step: 'undo', target: 4 });
    story
      .and(startUndo(4), answered(approved()))
      .when(refund())
      .thenEvents({
        type: 'RefundRequested',
        data: { target: 1 },
      });
  });
});

function startAutomaticCapture() {
  return (payment: Parameters<typeof nextKey>[0], at: string) =>
    ({ type: 'StartCapture', at, key: nextKey(payment), trigger: 'automatic' }) as const;
}
