import type { RecordedEvent } from '../../event-store/event-store.js';
import { paymentIdOf } from '../../payments/payment.stream.js';
import { upcast } from '../../payments/payment.upcasters.js';
import type { AfterSubject, HookedOperation } from './payment-hook.js';

export interface Told {
  readonly operation: HookedOperation;
  readonly subject: AfterSubject;
}

const TOLD: ReadonlySet<string> = new Set([
  'AuthorizationApproved',
  'PurchaseApproved',
  'AttemptDeclined',
  'CaptureApproved',
  'CaptureDeclined',
  'RefundSucceeded',
  'RefundFailed',
]);

/** What hooks are told of an event; a purchase is an authorization and a capture. */
export function toldOf(recorded: RecordedEvent): readonly Told[] {
  if (!TOLD.has(recorded.type)) return [];
  const event = upcast(recorded);
  const told = (operation: HookedOperation, amount: string | null): Told => ({
    operation,
    subject: {
      eventId: recorded.id,
      paymentId: paymentIdOf(recorded.stream),
      at: recorded.metadata.at,
      outcome: amount === null ? 'declined' : 'approved',
      amount: amount === null ? null : BigInt(amount),
    },
  });
  if (event.type === 'AttemptDeclined') return [told('authorize', null)];
  if (event.type === 'CaptureDeclined') return [told('capture', null)];
  if (event.type === 'RefundFailed') return [told('refund', null)];
  if (event.type === 'AuthorizationApproved') return [told('authorize', event.data.amount)];
  if (event.type === 'CaptureApproved') return [told('capture', event.data.amount)];
  if (event.type === 'RefundSucceeded') return [told('refund', event.data.amount)];
  if (event.type !== 'PurchaseApproved') return [];
  return [told('authorize', event.data.amount), told('capture', event.data.amount)];
}
