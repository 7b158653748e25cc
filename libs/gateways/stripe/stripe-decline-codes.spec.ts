import { DECLINE_CODES } from '../../payments/failure-codes.js';
import { declineCodeOf, ERROR_CODES, ISSUER_REASONS } from './stripe-decline-codes.js';

describe("Stripe's reasons in our words", () => {
  it.each([...ISSUER_REASONS])('the issuer says %s: %s', (reason, ours) => {
    expect(declineCodeOf({ code: 'card_declined', decline_code: reason })).toBe(ours);
    expect(Object.keys(DECLINE_CODES)).toContain(ours);
  });

  it.each([...ERROR_CODES])('Stripe says %s: %s', (code, ours) => {
    expect(declineCodeOf({ code })).toBe(ours);
    expect(Object.keys(DECLINE_CODES)).toContain(ours);
  });

  it.each([
    ['lost_card', 'lost_card'],
    ['stolen_card', 'stolen_card'],
    ['expired_card', 'expired_card'],
    ['insufficient_funds', 'insufficient_funds'],
    ['incorrect_cvc', 'incorrect_cvc'],
    ['fraudulent', 'fraud_suspected'],
    ['issuer_not_available', 'issuer_unavailable'],
    ['processing_error', 'processing_error'],
    ['try_again_later', 'try_again_later'],
    ['authentication_required', 'authentication_failed'],
  ])('%s is %s', (reason, ours) => {
    expect(declineCodeOf({ code: 'card_declined', decline_code: reason })).toBe(ours);
  });

  // Networks fine merchants for trying these again, wherever it is done.
  it.each([
    'do_not_try_again',
    'pickup_card',
    'restricted_card',
    'revocation_of_authorization',
    'revocation_of_all_authorizations',
    'stop_payment_order',
  ])('never tries %s again', (reason) => {
    expect(DECLINE_CODES[declineCodeOf({ decline_code: reason })]).toBe('never');
  });

  it('takes a new reason for a decline without one', () => {
    const unknown = { code: 'card_declined', decline_code: 'of_next_year' };
    expect(declineCodeOf(unknown)).toBe('generic_decline');
    expect(declineCodeOf({})).toBe('generic_decline');
    expect(declineCodeOf({ code: null, decline_code: null })).toBe('generic_decline');
  });
});
