import {
  answered,
  approved,
  declined,
  fact,
  lateApproval,
  lateDecline,
  pending,
  refused,
  settled,
  takenOver,
  unknown,
} from '../testing/gateway-words.js';
import {
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  initiated,
  nextKey,
  purchased,
  refund,
  resolve,
  retry,
  startUndo,
  startVoid,
} from '../testing/payment-steps.js';
import { existing, given, type Step, type Story } from '../testing/payment-story.js';
import { card } from '../testing/plain-create.js';
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

describe('what is due for a payment that was just made', () => {
  it('is a purchase where it captures itself, else an authorization', () => {
    expect(next(given(automatic()))).toMatchObject({ operation: 'purchase', tried: [] });
    expect(next(given(initiated()))).toMatchObject({ operation: 'authorize', tried: [] });
  });

  it('is another gateway after one that refused', () => {
    const story = given(initiated(), attempt(), answered(refused()));
    expect(next(story)).toMatchObject({ step: 'attempt', gateway: null, tried: ['alpha'] });
  });

  it('is once more the same gateway where that may help and there is no other', () => {
    const again = answered(declined('processing_error'), { otherGateway: false });
    given(initiated(), attempt())
      .when(again)
      .thenStatus('PROCESSING')
      .and(attempt())
      .when(again)
      .thenStatus('FAILED', 'processing_error');
  });
});

describe('an unknown outcome', () => {
  it('under way is neither told again nor pending', () => {
    given(initiated(), attempt(), takenOver()).when(answered(pending())).thenNothing();
  });

  it('that waits for its gateway is open: nothing else begins, and it is asked for', () => {
    const story = given(initiated(), authorized(), capture('4.00'), answered(pending()));
    story.when(capture('1.00')).thenRejected('OPERATION_IN_PROGRESS');
    expect(next(story)).toEqual({ step: 'learn', intent: 2, at: null });
  });

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

  it('keeps the payment method unless it brings another, and starts with no amount', () => {
    expect(given(...failed, retry()).payment?.paymentMethod).toEqual(card());
    const other = card('tok_other');
    const story = given(...failed, (payment, at) => {
      const made = retry()(payment, at);
      if (!('type' in made) || made.type !== 'RetryPayment') throw new Error('no retry');
      return { ...made, paymentMethod: other };
    });
    expect(story.payment?.paymentMethod).toEqual(other);
    given(automatic(), authorized(), startAutomaticCapture(), answered(declined()))
      .and(startVoid('capture_declined'), answered(approved()))
      .when(retry())
      .thenAmounts({ authorized: '0.00' });
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
