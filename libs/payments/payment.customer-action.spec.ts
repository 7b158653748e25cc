import {
  answered,
  approved,
  declined,
  dispute,
  gone,
  lateApproval,
  lateDecline,
  requiresAction,
  settled,
  settlementFailed,
} from '../testing/gateway-words.js';
import {
  attempt,
  automatic,
  cancel,
  capture,
  confirm,
  increment,
  initiated,
  refund,
  retry,
  startUndo,
  startVoid,
  authorized,
} from '../testing/payment-steps.js';
import { existing, given, type Story } from '../testing/payment-story.js';
import { OWN_STEP_TRIES_MAX } from './payment.limits.js';
import { nextStep } from './payment.next-step.js';

const next = (story: Story) => nextStep(existing(story.payment));

describe('an action of the customer', () => {
  const waiting = [initiated(), attempt(), answered(requiresAction())];

  it('is waited for', () => {
    const story = given(...waiting);
    expect(story.payment?.status).toBe('REQUIRES_ACTION');
    expect(next(story)).toEqual({
      step: 'void',
      cause: 'action_timed_out',
      at: new Date(Date.parse(story.now) + 1_800_000).toISOString(),
    });
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
      .thenEvents({
        type: 'VoidRequested',
        data: { target: 1, cause: 'action_timed_out', reference: 'alpha_1' },
      })
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
    story
      .when(startVoid('cancel'))
      .thenEvents('VoidRequested')
      .when(answered(approved()))
      .thenStatus('CANCELLED');
  });

  it('whose void was declined is voided again as what it was voided for, after a growing pause', () => {
    const story = given(...waiting, startVoid('action_timed_out'), answered(declined()));
    const pauseMs = () => {
      const step = next(story);
      if (step.step !== 'ask_action') throw new Error(step.step);
      expect(step.cause).toBe('action_timed_out');
      return Date.parse(step.voidAt) - Date.parse(story.now);
    };
    expect(pauseMs()).toBe(60_000);
    story.and(startVoid('action_timed_out'), answered(declined()));
    expect(pauseMs()).toBe(120_000);
    const cancelled = given(...waiting, cancel(), answered(declined()));
    cancelled.and(startVoid('cancel'), answered(declined()));
    expect(cancelled.payment?.ownDeclines).toBe(2);
  });

  it('ends with the reason of its cancel, also where a void of ours came after it', () => {
    const ends = { type: 'PaymentCancelled', data: { reason: 'sold out' } };
    given(...waiting, cancel('sold out'))
      .when(lateDecline({ intent: 1 }))
      .thenEvents('AttemptDeclined', ends);
    given(...waiting, cancel('sold out'), answered(declined()), startVoid('cancel'))
      .when(lateDecline({ intent: 1 }))
      .thenEvents('AttemptDeclined', ends);
  });

  it('goes on while another approval is voided', () => {
    const story = given(initiated(), attempt(), answered(declined('do_not_honor')))
      .and(attempt('authorize', 'beta'), answered(requiresAction()))
      .and(lateApproval({ intent: 1 }), startUndo(1));
    expect(story.payment?.wish).toBeNull();
    story.when(answered(approved())).thenStatus('REQUIRES_ACTION');
  });

  it('that timed out and was declined stays so where the void was approved as well', () => {
    given(...waiting, startVoid('action_timed_out'), lateDecline({ intent: 1 }))
      .when(answered(approved(), { intent: 2 }))
      .thenEvents('VoidApproved')
      .thenStatus('FAILED', 'action_timed_out');
  });

  it('is asked for once, of nothing but an attempt, and of none that is over', () => {
    given(...waiting)
      .when(answered(requiresAction(), { intent: 1 }))
      .thenNothing();
    given(initiated(), attempt(), answered(declined('do_not_honor')))
      .when(answered(requiresAction(), { intent: 1 }))
      .thenNothing()
      .thenStatus('PROCESSING');
    given(initiated(), authorized(), capture('4.00'))
      .when(answered(requiresAction()))
      .thenEvents('OutcomeUnknown');
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
      .thenEvents('VoidApproved')
      .thenStatus('CANCELLED')
      .thenAmounts({ captured: '0.00' });
  });

  it('gone without a result counts once, as if voided', () => {
    given(...waiting, cancel(), answered(declined()))
      .when(gone({ intent: 1 }))
      .thenEvents({ type: 'AttemptDeclined', data: { ends: null } }, 'PaymentCancelled')
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

  it.each<[string, Parameters<Story['when']>[0]]>([
    ['settled', settled({ intent: 1 })],
    ['not settled after all', settlementFailed({ intent: 1 })],
    ['disputed, and the dispute won', dispute('won', { intent: 1, amount: '10.00' })],
  ])('that is known to be %s before its void is given back just as after it', (_, moved) => {
    const voiding = [automatic(), attempt('purchase'), answered(requiresAction()), cancel()];
    const voided = answered(approved(), { intent: 2 });
    const movedFirst = given(...voiding, moved);
    movedFirst
      .when(voided)
      .thenEvents('VoidApproved', {
        type: 'PurchaseApproved',
        data: { undo: true, reference: 'alpha_1' },
      })
      .thenStatus('CANCELLED')
      .thenAmounts({ captured: '0.00', chargedBack: '0.00' })
      .thenStopped(false);
    expect(next(movedFirst)).toMatchObject({ step: 'undo', target: 1 });
    expect(next(given(...voiding, voided, moved))).toEqual(next(movedFirst));
  });

  it('of a later life is voided as often as any other, whatever an earlier one took', () => {
    const declinedVoid = [startVoid('action_timed_out'), answered(declined('do_not_honor'))];
    const worn = Array.from({ length: OWN_STEP_TRIES_MAX - 1 }, () => declinedVoid);
    const story = given(...waiting, ...worn)
      .when(lateDecline({ intent: 1 }))
      .thenStatus('FAILED', 'action_timed_out')
      .and(retry(), attempt(), answered(requiresAction()), ...declinedVoid);
    expect(story.payment).toMatchObject({ stop: null, ownDeclines: 1 });
  });

  it('of an earlier life decides nothing of the attempt that followed', () => {
    given(...waiting, startVoid('action_timed_out'), answered(approved()), retry(), attempt())
      .when(lateDecline({ intent: 1 }))
      .thenNothing()
      .when(answered(approved(), { intent: 3 }))
      .thenStatus('AUTHORIZED');
  });
});
