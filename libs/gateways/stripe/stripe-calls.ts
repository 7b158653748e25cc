import type Stripe from 'stripe';
import type { GatewayCall } from '../payment-gateway.js';
import { toStripeAmount } from './stripe-amounts.js';
import {
  captureEntry,
  incrementEntry,
  OPERATION,
  OPERATION_KEY,
  PAYMENT_ID,
} from './stripe-metadata.js';

/** What this account at Stripe may do, and where its customers come back to. */
export interface StripeFeatures {
  /** Where a customer is sent after authentication; null: payments that need one are declined. */
  readonly returnUrl: string | null;
  /** Several captures of one authorization; Stripe offers it to some accounts only. */
  readonly multicapture: boolean;
  readonly incrementalAuthorization: boolean;
}

type CallOf<Operation> = Extract<GatewayCall, { readonly operation: Operation }>;
type Attempt = CallOf<'authorize'> | CallOf<'purchase'>;

const EXPAND = ['latest_charge', 'latest_charge.balance_transaction'];

/** The parameters of `POST /v1/payment_intents`. @throws StripeCantExpress */
export function createParams(
  call: Attempt,
  features: StripeFeatures,
): Stripe.PaymentIntentCreateParams {
  const { paymentId, key, operation, currency } = call;
  return {
    amount: amountOf(call),
    currency: currency.toLowerCase(),
    confirm: true,
    capture_method: operation === 'authorize' ? 'manual' : 'automatic',
    // The method's own type decides; only such that would send every customer away to another page are left out.
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    ...methodParams(call),
    // Without a page to come back to nobody could act: Stripe then declines at once.
    ...(features.returnUrl === null
      ? { error_on_requires_action: true }
      : { return_url: features.returnUrl }),
    ...cardOptions(call, features),
    metadata: { [PAYMENT_ID]: paymentId, [OPERATION]: operation, [OPERATION_KEY]: key },
    expand: EXPAND,
  };
}

/** @throws StripeCantExpress */
export function captureParams(
  call: CallOf<'capture'>,
  features: StripeFeatures,
): Stripe.PaymentIntentCaptureParams {
  const amount = amountOf(call);
  return {
    amount_to_capture: amount,
    // Only where several captures are possible may Stripe be told which one is the last; elsewhere each is.
    ...(features.multicapture ? { final_capture: call.final } : {}),
    metadata: { [captureEntry(call.key)]: String(amount) },
    expand: EXPAND,
  };
}

/** @throws StripeCantExpress */
export function incrementParams(
  call: CallOf<'increment'>,
): Stripe.PaymentIntentIncrementAuthorizationParams {
  const amount = amountOf(call);
  return {
    amount,
    metadata: { [incrementEntry(call.key)]: String(amount) },
    expand: EXPAND,
  };
}

export function cancelParams(): Stripe.PaymentIntentCancelParams {
  return { cancellation_reason: 'requested_by_customer', expand: EXPAND };
}

/** @throws StripeCantExpress */
export function refundParams(call: CallOf<'refund'>): Stripe.RefundCreateParams {
  return {
    payment_intent: call.reference,
    amount: amountOf(call),
    metadata: { [PAYMENT_ID]: call.paymentId, [OPERATION_KEY]: call.key },
  };
}

export function retrieveParams(): Stripe.PaymentIntentRetrieveParams {
  return { expand: EXPAND };
}

/** Of a list, expanded like a payment that is retrieved by itself. */
export function expandInList(): string[] {
  return EXPAND.map((path) => `data.${path}`);
}

/** The call can't be put into Stripe's terms: it was not sent. */
export class StripeCantExpress extends Error {}

/** Not more than a path segment of Stripe's own making is put into a path. */
export function isReference(reference: string | null): reference is string {
  return reference !== null && /^[A-Za-z0-9_]{1,255}$/.test(reference);
}

function amountOf(call: GatewayCall): number {
  const amount = toStripeAmount(call.amount, call.currency);
  if (amount === null) throw new StripeCantExpress(`no amount of ${call.currency} at Stripe`);
  return amount;
}

function methodParams(call: Attempt): Partial<Stripe.PaymentIntentCreateParams> {
  const { type, token } = call.paymentMethod;
  if (token.startsWith('tok_') && type === 'card') {
    const card: Stripe.PaymentMethodCreateParams.Card = { token };
    const data = { type: 'card', card } as const;
    // reason: Stripe takes a token here as it does for a payment method; the library's types leave it out
    return { payment_method_data: data as Stripe.PaymentIntentCreateParams.PaymentMethodData };
  }
  return { payment_method: token };
}

function cardOptions(
  call: Attempt,
  features: StripeFeatures,
): Partial<Stripe.PaymentIntentCreateParams> {
  if (call.paymentMethod.type !== 'card' || call.operation === 'purchase') return {};
  const card = {
    ...(features.multicapture ? { request_multicapture: 'if_available' as const } : {}),
    ...(features.incrementalAuthorization
      ? { request_incremental_authorization: 'if_available' as const }
      : {}),
  };
  return Object.keys(card).length === 0 ? {} : { payment_method_options: { card } };
}
