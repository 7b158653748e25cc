import { isStripeToken } from './stripe-tokens.js';

describe('tokens of Stripe', () => {
  it.each([
    'pm_1MtwBwLkdIwHu7ix28a3tqPa',
    'tok_1MtwBwLkdIwHu7ix28a3tqPa',
    'card_1MtwBwLkdIwHu7ix28a3tqPa',
    'pm_card_visa',
    'pm_card_visa_chargeDeclinedInsufficientFunds',
    'pm_card_authenticationRequired',
    'tok_visa',
    'tok_mastercard_debit',
    'tok_chargeDeclinedFraudulent',
  ])('%s is one', (token) => expect(isStripeToken(token)).toBe(true));

  it.each([
    'tok_approve',
    'tok_decline_insufficient_funds',
    'tok_action_required',
    'tok_timeout_after_effect',
    'pm_',
    'pm_1MtwBwLkdIwHu7ix28a3tqPa/../refunds',
    'cus_1MtwBwLkdIwHu7ix28a3tqPa',
    '',
  ])('%j is none', (token) => expect(isStripeToken(token)).toBe(false));
});
