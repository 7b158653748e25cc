import type { DeclineCode } from '../../payments/failure-codes.js';

/** What a card error, or the last error of a payment, says. */
export interface StripeDecline {
  readonly decline_code?: string | null | undefined;
  readonly code?: string | null | undefined;
}

/** The issuer's reason first, then Stripe's error code; what neither table knows is a generic decline. */
export function declineCodeOf(error: StripeDecline): DeclineCode {
  const { decline_code: reason, code } = error;
  return (
    ISSUER_REASONS.get(reason ?? '') ??
    ERROR_CODES.get(code ?? '') ??
    ISSUER_REASONS.get(code ?? '') ??
    ERROR_CODES.get(reason ?? '') ??
    'generic_decline'
  );
}

/** Stripe's `decline_code`. Source: Stripe, "Decline codes". */
export const ISSUER_REASONS: ReadonlyMap<string, DeclineCode> = new Map<string, DeclineCode>([
  ['approve_with_id', 'try_again_later'],
  ['authentication_not_handled', 'authentication_failed'],
  ['authentication_required', 'authentication_failed'],
  ['call_issuer', 'do_not_honor'],
  ['card_not_supported', 'card_not_supported'],
  ['card_velocity_exceeded', 'limit_exceeded'],
  ['currency_not_supported', 'currency_not_supported'],
  ['do_not_honor', 'do_not_honor'],
  // The issuer forbids another attempt, wherever it is made.
  ['do_not_try_again', 'invalid_payment_method'],
  ['duplicate_transaction', 'generic_decline'],
  ['expired_card', 'expired_card'],
  ['fraudulent', 'fraud_suspected'],
  ['generic_decline', 'generic_decline'],
  ['highest_risk_level', 'fraud_suspected'],
  ['elevated_risk_level', 'fraud_suspected'],
  ['incorrect_address', 'invalid_card'],
  ['incorrect_cvc', 'incorrect_cvc'],
  ['incorrect_number', 'invalid_card'],
  ['incorrect_pin', 'authentication_failed'],
  ['incorrect_zip', 'invalid_card'],
  ['insufficient_funds', 'insufficient_funds'],
  ['invalid_account', 'invalid_card'],
  ['invalid_amount', 'limit_exceeded'],
  ['invalid_cvc', 'incorrect_cvc'],
  ['invalid_expiry_month', 'invalid_card'],
  ['invalid_expiry_year', 'invalid_card'],
  ['invalid_number', 'invalid_card'],
  ['invalid_pin', 'authentication_failed'],
  ['issuer_not_available', 'issuer_unavailable'],
  ['lost_card', 'lost_card'],
  ['merchant_blacklist', 'fraud_suspected'],
  ['mobile_device_authentication_required', 'authentication_failed'],
  ['new_account_information_available', 'invalid_card'],
  ['no_action_taken', 'do_not_honor'],
  ['not_permitted', 'do_not_honor'],
  ['offline_pin_required', 'authentication_failed'],
  ['online_or_offline_pin_required', 'authentication_failed'],
  ['pickup_card', 'pickup_card'],
  ['pin_try_exceeded', 'limit_exceeded'],
  ['previously_declined_do_not_retry', 'invalid_payment_method'],
  ['processing_error', 'processing_error'],
  ['reenter_transaction', 'try_again_later'],
  ['restricted_card', 'pickup_card'],
  ['revocation_of_all_authorizations', 'invalid_payment_method'],
  ['revocation_of_authorization', 'invalid_payment_method'],
  ['security_violation', 'do_not_honor'],
  ['service_not_allowed', 'card_not_supported'],
  ['stolen_card', 'stolen_card'],
  ['stop_payment_order', 'invalid_payment_method'],
  ['testmode_decline', 'generic_decline'],
  ['transaction_not_allowed', 'card_not_supported'],
  ['try_again_later', 'try_again_later'],
  ['withdrawal_count_limit_exceeded', 'limit_exceeded'],
]);

/** Stripe's `code` of a failed payment. Source: Stripe, "Error codes". */
export const ERROR_CODES: ReadonlyMap<string, DeclineCode> = new Map<string, DeclineCode>([
  ['amount_too_large', 'limit_exceeded'],
  ['amount_too_small', 'gateway_refused'],
  ['authentication_required', 'authentication_failed'],
  ['balance_insufficient', 'gateway_refused'],
  ['bank_account_declined', 'generic_decline'],
  ['capture_charge_authorization_expired', 'gateway_refused'],
  ['capture_unauthorized_payment', 'gateway_refused'],
  ['card_decline_rate_limit_exceeded', 'limit_exceeded'],
  ['card_declined', 'generic_decline'],
  ['charge_already_captured', 'gateway_refused'],
  ['charge_already_refunded', 'gateway_refused'],
  ['charge_disputed', 'gateway_refused'],
  ['charge_exceeds_source_limit', 'limit_exceeded'],
  ['charge_exceeds_transaction_limit', 'limit_exceeded'],
  ['charge_expired_for_capture', 'gateway_refused'],
  ['charge_not_refundable', 'gateway_refused'],
  ['country_unsupported', 'card_not_supported'],
  ['debit_not_authorized', 'do_not_honor'],
  ['expired_card', 'expired_card'],
  ['incorrect_address', 'invalid_card'],
  ['incorrect_cvc', 'incorrect_cvc'],
  ['incorrect_number', 'invalid_card'],
  ['incorrect_zip', 'invalid_card'],
  ['insufficient_funds', 'insufficient_funds'],
  ['invalid_card_type', 'card_not_supported'],
  ['invalid_characters', 'invalid_card'],
  ['invalid_charge_amount', 'gateway_refused'],
  ['invalid_cvc', 'incorrect_cvc'],
  ['invalid_expiry_month', 'invalid_card'],
  ['invalid_expiry_year', 'invalid_card'],
  ['invalid_number', 'invalid_card'],
  ['payment_intent_action_required', 'authentication_failed'],
  ['payment_intent_authentication_failure', 'authentication_failed'],
  ['payment_intent_incompatible_payment_method', 'card_not_supported'],
  ['payment_intent_payment_attempt_expired', 'authentication_failed'],
  ['payment_intent_payment_attempt_failed', 'generic_decline'],
  ['payment_intent_unexpected_state', 'gateway_refused'],
  ['payment_method_currency_mismatch', 'currency_not_supported'],
  ['payment_method_customer_decline', 'authentication_failed'],
  ['payment_method_not_available', 'processing_error'],
  ['payment_method_provider_decline', 'generic_decline'],
  ['payment_method_provider_timeout', 'processing_error'],
  ['payment_method_unactivated', 'card_not_supported'],
  ['processing_error', 'processing_error'],
  ['refund_disputed_payment', 'gateway_refused'],
  ['token_already_used', 'invalid_payment_method'],
  ['token_in_use', 'invalid_payment_method'],
  // Of a refund that failed (`failure_reason`).
  ['charge_for_pending_refund_disputed', 'gateway_refused'],
  ['declined', 'generic_decline'],
  ['expired_or_canceled_card', 'expired_card'],
  ['lost_or_stolen_card', 'lost_card'],
  ['merchant_request', 'gateway_refused'],
  ['unknown', 'generic_decline'],
]);
