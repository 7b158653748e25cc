/** Payment methods of Stripe's test mode by what a charge of them ends with. */
export const DECLINES = new Map([
  ['pm_card_visa_chargeDeclined', 'generic_decline'],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_visa_chargeDeclinedLostCard', 'lost_card'],
]);
/** Those that the customer has to authenticate. */
export const AUTHENTICATED = new Set(['pm_card_authenticationRequired']);
