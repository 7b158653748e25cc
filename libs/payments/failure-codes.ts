/**
 * The closed list of decline codes that a gateway's answer is normalised to, by what another attempt may do.
 * `same_gateway_once`: at once and once at the same gateway, then as `other_gateway`.
 */
export const DECLINE_CODES = {
  try_again_later: 'same_gateway_once',
  processing_error: 'same_gateway_once',
  do_not_honor: 'other_gateway',
  generic_decline: 'other_gateway',
  issuer_unavailable: 'other_gateway',
  card_not_supported: 'other_gateway',
  currency_not_supported: 'other_gateway',
  gateway_refused: 'other_gateway',
  insufficient_funds: 'never',
  expired_card: 'never',
  lost_card: 'never',
  stolen_card: 'never',
  pickup_card: 'never',
  invalid_card: 'never',
  incorrect_cvc: 'never',
  limit_exceeded: 'never',
  fraud_suspected: 'never',
  authentication_failed: 'never',
  partial_approval: 'never',
  invalid_payment_method: 'never',
} as const;

export type DeclineCode = keyof typeof DECLINE_CODES;

/** Failure codes that Tillstream itself gives a payment. */
const OWN_FAILURE_CODES = [
  'risk_rejected',
  'review_rejected',
  'no_gateway_available',
  'action_timed_out',
  'capture_declined',
  'settlement_failed',
  'attempts_exhausted',
] as const;

export type FailureCode = DeclineCode | (typeof OWN_FAILURE_CODES)[number];
