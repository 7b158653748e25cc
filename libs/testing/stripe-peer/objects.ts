import { randomBytes } from 'node:crypto';
import { type Form, sub, text } from './form.js';
import { invalid, type StripePeerError } from './stripe-error.js';

/** Stripe's objects, with the fields that this peer keeps; written in its own words. */
export interface PeerIntent {
  id: string;
  object: 'payment_intent';
  created: number;
  status: string;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  currency: string;
  capture_method: string;
  cancellation_reason: string | null;
  metadata: Record<string, string>;
  last_payment_error: { type: 'card_error'; code: string; decline_code?: string } | null;
  next_action: { type: string; redirect_to_url: { url: string; return_url: string } } | null;
  latest_charge: PeerCharge | null;
}

export interface PeerCharge {
  id: string;
  object: 'charge';
  amount: number;
  currency: string;
  status: 'succeeded' | 'failed';
  captured: boolean;
  payment_intent: string | null;
  metadata: Record<string, string>;
  payment_method_details: { type: 'card'; card: { capture_before?: number } };
  balance_transaction: { id: string; object: 'balance_transaction'; status: string } | null;
}

export interface PeerRefund {
  id: string;
  object: 'refund';
  amount: number;
  currency: string;
  status: string;
  payment_intent: string;
  metadata: Record<string, string>;
}

export interface PeerEvent {
  id: string;
  object: 'event';
  type: string;
  created: number;
  data: { object: unknown };
  request: { id: string | null; idempotency_key: string | null };
}

export interface PeerPayout {
  readonly id: string;
  readonly charge: PeerCharge;
}

/** An intent as it is asked for, before anything is done with it. */
export function intentIn(form: Form): PeerIntent {
  const amount = amountIn(form, 'amount');
  const currency = text(form, 'currency');
  if (currency === null) throw invalid('parameter_missing', { param: 'currency' });
  return {
    id: id('pi'),
    object: 'payment_intent',
    created: nowS(),
    status: 'requires_confirmation',
    amount,
    amount_capturable: 0,
    amount_received: 0,
    currency,
    capture_method: text(form, 'capture_method') ?? 'automatic',
    cancellation_reason: null,
    metadata: strings(sub(form, 'metadata')),
    last_payment_error: null,
    next_action: null,
    latest_charge: null,
  };
}

/** With the second (Unix time) until which it can be captured; null: it was captured at once. */
export function chargeOf(intent: PeerIntent, captureBefore: number | null): PeerCharge {
  return {
    id: id('ch'),
    object: 'charge',
    amount: intent.amount,
    currency: intent.currency,
    status: 'succeeded',
    captured: captureBefore === null,
    payment_intent: intent.id,
    metadata: { ...intent.metadata },
    payment_method_details: {
      type: 'card',
      card: captureBefore === null ? {} : { capture_before: captureBefore },
    },
    balance_transaction: null,
  };
}

/** An intent as Stripe shows it where nothing was asked to be expanded. */
export function shown(intent: PeerIntent): unknown {
  return { ...intent, latest_charge: intent.latest_charge?.id ?? null };
}

export function unexpected(intent: PeerIntent): StripePeerError {
  return invalid('payment_intent_unexpected_state', { payment_intent: shown(intent) });
}

export function amountIn(form: Form, name: string): number {
  const given = text(form, name);
  if (given === null) throw invalid('parameter_missing', { param: name });
  if (!/^[1-9]\d*$/.test(given)) throw invalid('parameter_invalid_integer', { param: name });
  if (Number(given) > 99_999_999) throw invalid('amount_too_large', { param: name });
  return Number(given);
}

export function strings(form: Form): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

export function id(prefix: string): string {
  return `${prefix}_1${randomBytes(11).toString('hex')}`;
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
