/** Stripe's own ids: a prefix and at least 14 letters and digits, with a digit among them. */
const ID = /^(?:pm|tok|src|card)_(?=[A-Za-z]*\d)[A-Za-z0-9]{14,64}$/;
/** Payment methods of Stripe's test mode: `pm_card_visa`, `pm_card_visa_chargeDeclined`. */
const TEST_METHOD = /^pm_(?:card|usBankAccount)_[A-Za-z0-9_]{2,64}$/;
/** Tokens of its test mode begin with a network or with what happens to them: `tok_visa`, `tok_chargeDeclined`. */
const TEST_TOKEN =
  /^tok_(?:visa|mastercard|amex|discover|diners|jcb|unionpay|cartesBancaires|charge[A-Z]|threeDSecure|cvc[A-Z]|avs[A-Z]|risk[A-Z]|radar[A-Z]|createDispute|domesticPricing|bypass[A-Z])[A-Za-z0-9_]{0,64}$/;

/** Whether a token is one of Stripe's by its shape; another gateway's would only be refused there. */
export function isStripeToken(token: string): boolean {
  return ID.test(token) || TEST_METHOD.test(token) || TEST_TOKEN.test(token);
}
