import { fromStripeAmount } from './stripe-amounts.js';
import type { StripeIntent } from './stripe-shapes.js';

/**
 * What we write on Stripe's objects, so that they can be found and told apart without anything of ours. Captures and
 * increments have no object of their own: they are entries of their payment, named by their key, that hold their amount.
 */
export const PAYMENT_ID = 'payment_id';
export const OPERATION = 'operation';
export const OPERATION_KEY = 'operation_key';

/** Stripe allows 40 characters a name: a UUID and these. */
const CAPTURE_PREFIX = 'cap_';
const INCREMENT_PREFIX = 'inc_';

export function captureEntry(key: string): string {
  return CAPTURE_PREFIX + key;
}

export function incrementEntry(key: string): string {
  return INCREMENT_PREFIX + key;
}

export interface CaptureEntry {
  readonly key: string;
  readonly amount: bigint;
}

/** The captures that were sent for a payment, as noted on it. */
export function capturesOf(intent: StripeIntent): readonly CaptureEntry[] {
  return Object.entries(intent.metadata ?? {})
    .filter(([name, value]) => name.startsWith(CAPTURE_PREFIX) && /^\d{1,15}$/.test(value))
    .flatMap(([name, value]) => {
      const amount = fromStripeAmount(Number(value), intent.currency);
      return amount === null ? [] : [{ key: name.slice(CAPTURE_PREFIX.length), amount }];
    });
}

export function incrementsNoted(intent: StripeIntent): boolean {
  return Object.keys(intent.metadata ?? {}).some((name) => name.startsWith(INCREMENT_PREFIX));
}

/** Captures whose amounts make up exactly what was received; else nobody can say which of them took effect. */
export function provenCaptures(intent: StripeIntent): readonly CaptureEntry[] {
  const received = fromStripeAmount(intent.amount_received ?? 0, intent.currency);
  const captures = capturesOf(intent);
  const [only] = captures;
  if (only === undefined || received === null || received === 0n) return [];
  if (captures.length === 1) return [{ key: only.key, amount: received }];
  const sum = captures.reduce((total, capture) => total + capture.amount, 0n);
  return sum === received ? captures : [];
}
