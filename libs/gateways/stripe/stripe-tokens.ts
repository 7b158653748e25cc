/** Payment methods have a prefix that no other gateway's tokens share. */
const METHOD = /^pm_[A-Za-z0-9_]{2,250}$/;
/** Ids of Stripe's making: a prefix and at least 14 letters and digits, with a digit among them. */
const ID = /^(?:tok|card)_(?=[A-Za-z]*\d)[A-Za-z0-9]{14,64}$/;
/** Tokens of its test mode begin with a network or with what happens to them: `tok_visa`, `tok_chargeDeclined`. */
const TEST_TOKEN =
  /^tok_(?:visa|mastercard|amex|discover|diners|jcb|unionpay|cartesBancaires|charge[A-Z]|threeDSecure|cvc[A-Z]|avs[A-Z]|risk[A-Z]|radar[A-Z]|createDispute|domesticPricing|bypass[A-Z])[A-Za-z0-9_]{0,64}$/;

/** Whether a token is one of Stripe's by its shape; another gateway's would only be refused there. */
export function isStripeToken(token: string): boolean {
  return METHOD.test(token) || ID.test(token) || TEST_TOKEN.test(token);
}
