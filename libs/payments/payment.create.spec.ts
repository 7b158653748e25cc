import { answered, approved, declined, gone, requiresAction } from '../testing/gateway-words.js';
import {
  approve,
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  refunded,
  fail,
  initiated,
  purchased,
  reject,
  REJECT,
  retry,
  REVIEW,
  riskAlarm,
} from '../testing/payment-steps.js';
import { existing, given } from '../testing/payment-story.js';
import { decide } from './payment.decide.js';
import { CorruptStreamError, evolve } from './payment.evolve.js';
import type { PaymentEvent } from './payment.events.js';
import { nextStep } from './payment.next-step.js';

describe('creating a payment', () => {
  it('is one event, which carries the risk verdict', () => {
    given()
      .when(initiated('10.00'))
      .thenEvents({ type: 'PaymentInitiated', data: { amount: '1000', risk: { score: 5 } } })
      .thenStatus('INITIATED');
  });

  it('happens once', () => {
    given(initiated()).when(initiated()).thenRejected('PAYMENT_EXISTS');
  });

  it('comes before every other command', () => {
    given()
      .when((_, at) => ({ type: 'ConfirmPayment', at }))
      .thenRejected('PAYMENT_NOT_FOUND');
  });

  it('fails at once where risk says no', () => {
    given()
      .when(initiated('10.00', { risk: REJECT }))
      .thenEvents('PaymentInitiated', 'PaymentFailed')
      .thenStatus('FAILED', 'risk_rejected');
  });

  it('waits for a person where risk asks for one, and then goes on', () => {
    const story = given().when(initiated('10.00', { risk: REVIEW }));
    story.thenEvents('PaymentInitiated', 'ReviewRequested').thenStatus('UNDER_REVIEW');
    expect(nextStep(existing(story.story.payment))).toEqual({ step: 'none' });
    story.when(approve()).thenEvents('ReviewApproved').thenStatus('INITIATED');
    expect(nextStep(existing(story.story.payment))).toMatchObject({ step: 'attempt' });
  });

  it('cannot be an impossible history', () => {
    const payment = given(initiated(), attempt()).payment;
    const event = { type: 'CaptureApproved', at: 'x' } as const;
    const data = { intent: 7, reference: 'r', amount: '1', settled: false, fact: null };
    expect(() => evolve(payment, { ...event, data })).toThrow(CorruptStreamError);
    expect(() => evolve(null, { ...event, data })).toThrow(CorruptStreamError);
  });

  it('stops at a word that does not fit the operation that it is on', () => {
    // Intent 1 is an authorization, intent 2 its capture, intent 3 a refund.
    const { payment } = given(initiated(), authorized(), captured(), refunded('1.00'));
    const at = '2026-03-01T10:00:00.000Z';
    const fact = { gateway: 'alpha', id: 'fact_1' };
    const approval = { reference: 'r', amount: '1', currency: 'EUR', settled: false, undo: false };
    const action = { reference: 'r', redirectUrl: 'https://bank.example', timesOutAt: at };
    const declined = { code: 'do_not_honor', message: 'no', fact: null } as const;
    const misfits: readonly PaymentEvent[] = [
      { type: 'PurchaseApproved', data: { intent: 2, ...approval, fact: null } },
      { type: 'ActionRequired', data: { intent: 2, ...action } },
      { type: 'VoidApproved', data: { intent: 1, fact: null } },
      { type: 'VoidDeclined', data: { intent: 1, ...declined } },
      { type: 'RefundSucceeded', data: { intent: 2, amount: '1', fact: null } },
      { type: 'RefundFailed', data: { intent: 2, ...declined } },
      { type: 'CaptureSettled', data: { intent: 3, amount: '1', fact } },
    ];
    for (const event of misfits) {
      expect(() => evolve(payment, { ...event, at })).toThrow(CorruptStreamError);
    }
  });
});

describe('a review', () => {
  const doubted = [initiated('10.00', { risk: REVIEW })];
  const alarmed = [initiated(), authorized(), riskAlarm()];

  it('of nothing authorized ends FAILED when rejected, for good', () => {
    given(...doubted)
      .when(reject())
      .thenEvents('ReviewRejected')
      .thenStatus('FAILED', 'review_rejected')
      .when(retry())
      .thenRejected('RETRY_NOT_ALLOWED');
  });

  it('of nothing authorized is cancelled without asking a gateway', () => {
    given(...doubted)
      .when(cancel())
      .thenEvents('PaymentCancelled')
      .thenStatus('CANCELLED');
  });

  it('of an authorized payment gives it back to AUTHORIZED when approved', () => {
    given(...alarmed)
      .when(approve())
      .thenStatus('AUTHORIZED')
      .when(capture())
      .thenEvents('CaptureRequested');
  });

  it('of an authorized payment voids it when rejected, and then is CANCELLED', () => {
    given(...alarmed)
      .when(reject())
      .thenEvents('ReviewRejected', { type: 'VoidRequested', data: { cause: 'reject' } })
      .thenStatus('UNDER_REVIEW')
      .when(answered(approved()))
      .thenEvents('VoidApproved')
      .thenStatus('CANCELLED');
  });

  it('goes on where the void of a rejection was declined', () => {
    given(...alarmed, reject())
      .when(answered(declined()))
      .thenEvents('VoidDeclined')
      .thenStatus('UNDER_REVIEW')
      .when(approve())
      .thenStatus('AUTHORIZED');
  });

  it('is CANCELLED where the rejected authorization was gone already', () => {
    given(...alarmed, reject())
      .when(answered(declined('generic_decline', true)))
      .thenEvents('AuthorizationExpired', 'VoidDeclined')
      .thenStatus('CANCELLED');
    given(...alarmed, reject())
      .when(gone({ intent: 1 }))
      .thenStatus('CANCELLED');
  });

  it('ends EXPIRED where the authorization ends meanwhile', () => {
    given(...alarmed)
      .when(gone({ intent: 1 }))
      .thenStatus('EXPIRED');
  });

  it('is not raised where something is captured, and waits for an open intent', () => {
    given(initiated(), authorized(), captured('4.00')).when(riskAlarm()).thenNothing();
    given(initiated(), authorized(), capture('4.00'))
      .when(riskAlarm())
      .thenRejected('OPERATION_IN_PROGRESS');
  });

  it('is not raised over a void that stands', () => {
    given(initiated(), attempt(), answered(requiresAction()), cancel(), answered(declined()))
      .and(answered(approved(), { intent: 1 }))
      .when(riskAlarm())
      .thenNothing();
  });

  it('accepts no capture', () => {
    given(...alarmed)
      .when(capture())
      .thenRejected('ILLEGAL_TRANSITION');
  });
});

describe('before a gateway is asked', () => {
  it('a payment that nobody takes fails, open to a retry', () => {
    given(initiated())
      .when(fail('no_gateway_available'))
      .thenStatus('FAILED', 'no_gateway_available')
      .when(retry())
      .thenStatus('INITIATED');
  });

  it('nothing fails that went on meanwhile', () => {
    given(initiated(), attempt()).when(fail('no_gateway_available')).thenNothing();
    given(automatic(), purchased()).when(fail('no_gateway_available')).thenNothing();
  });
});

describe('a call that no event has answered yet', () => {
  const at = '2026-03-01T10:00:05.000Z';
  const opened = given(initiated(), authorized()).payment;
  const event = {
    type: 'ReviewRequested',
    data: { origin: 'AUTHORIZED', reasons: [] },
    at,
  } as const;
  const running = evolve(opened, { ...event, call: 'hash-1' });

  it('holds up every other command, and the alarm of a risk assessment', () => {
    expect(running.openCall).toEqual({ keyHash: 'hash-1', since: at });
    expect(decide(running, { type: 'ApproveReview', at, reason: null })).toMatchObject({
      code: 'OPERATION_IN_PROGRESS',
    });
    expect(decide(running, { type: 'RaiseRiskAlarm', at, reasons: [] })).toMatchObject({
      code: 'OPERATION_IN_PROGRESS',
    });
  });

  it('ends with the event that answers it, not with one that answers another', () => {
    const settledDown = { type: 'ReviewApproved', data: { reason: null }, at } as const;
    const other = evolve(running, { ...settledDown, answers: ['hash-2'] });
    expect(other.openCall).toEqual(running.openCall);
    expect(evolve(running, { ...settledDown, answers: ['hash-1'] }).openCall).toBeNull();
  });

  it('is over at once where one event opens and answers it', () => {
    expect(evolve(opened, { ...event, call: 'hash-1', answers: ['hash-1'] }).openCall).toBeNull();
  });
});
