import {
  answered,
  approved,
  declined,
  dispute,
  pending,
  requiresAction,
  settlementFailed,
  takenOver,
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
  purchasedTwice,
  refund,
  startUndo,
} from '../testing/payment-steps.js';
import { existing, given, type Steps } from '../testing/payment-story.js';
import { viewOf } from './payment.view.js';

const view = (...steps: readonly Steps[]) => viewOf(existing(given(...steps).payment));

describe('what clients see of a payment', () => {
  it('has its amounts in minor units, as text where a number could not hold them', () => {
    expect(view(initiated('10.00'), authorized(), captured('4.00'))).toMatchObject({
      amount: 1000,
      amount_authorized: 1000,
      amount_captured: 400,
      amount_refunded: 0,
    });
    expect(view(initiated('90071992547409.91')).amount).toBe(Number.MAX_SAFE_INTEGER);
    expect(view(initiated('90071992547409.92')).amount).toBe('9007199254740992');
  });

  it('names what waits for the gateway, and what nobody knows of', () => {
    expect(view(initiated()).open_operation).toBeNull();
    expect(view(initiated(), attempt()).open_operation).toMatchObject({
      operation: 'authorize',
      amount: 1000,
      state: 'sent',
    });
    expect(view(initiated(), attempt(), takenOver()).open_operation).toMatchObject({
      state: 'unknown',
    });
    expect(view(automatic(), purchased(), refund(), answered(pending())).open_operation).toBeNull();
  });

  it('tells the customer where to go, and nothing once that is over', () => {
    const waiting = [initiated(), attempt(), answered(requiresAction())];
    expect(view(...waiting).next_action).toEqual({
      type: 'redirect',
      url: 'https://acs.example/act',
    });
    expect(view(...waiting, answered(approved(), { intent: 1 })).next_action).toBeNull();
  });

  it('shows an action whose void was declined as what is asked about', () => {
    const waiting = [initiated(), attempt(), answered(requiresAction()), cancel()];
    expect(view(...waiting, answered(declined())).open_operation).toMatchObject({
      operation: 'authorize',
      state: 'unknown',
    });
  });

  it('gives the reason of a failure, and of the last decline of an authorized payment', () => {
    expect(view(initiated(), attempt(), answered(declined())).failure).toMatchObject({
      code: 'insufficient_funds',
    });
    expect(view(automatic(), purchased(), settlementFailed({ intent: 1 })).failure).toMatchObject({
      code: 'settlement_failed',
    });
    const again = [initiated(), authorized(), capture(), answered(declined('processing_error'))];
    expect(view(...again).failure).toMatchObject({ code: 'processing_error' });
    expect(view(...again, captured()).failure).toBeNull();
  });

  it('lists attempts, refunds that a merchant asked for, and disputes', () => {
    const seen = view(
      automatic(),
      purchasedTwice(),
      startUndo(1),
      answered(approved()),
      refund('4.00'),
      answered(pending()),
      dispute('opened', { intent: 2, amount: '1.00' }),
    );
    expect(seen.gateway).toBe('beta');
    expect(seen.attempts).toMatchObject([
      { number: 1, gateway: 'alpha', outcome: 'authorized' },
      { number: 2, gateway: 'beta', outcome: 'authorized' },
    ]);
    expect(seen.refunds).toMatchObject([{ amount: 400, status: 'pending' }]);
    expect(seen.disputes).toMatchObject([{ id: 'dis_1', amount: 100, status: 'open' }]);
    expect(seen.amount_charged_back).toBe(100);
  });
});
