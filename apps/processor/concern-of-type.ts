import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { PaymentEventType } from '../../libs/payments/payment.events.js';

/**
 * What a payment asks of the processor.
 * - `running`: whoever appended last is at work on it.
 * - `look`: something may be due.
 * - `ask`: the gateway's word is missing.
 * - `at`: something is due at an instant.
 * - `over`: nothing is due.
 * - `rest`: what the latest event began is over; earlier timers stand.
 * - `aside`: the latest event is about something else; what was noted before stands.
 */
export type Concern = 'running' | 'look' | 'ask' | 'at' | 'over' | 'rest' | 'aside';

/** What the type of an event tells where its payment could not be folded. A type of a newer release: `look`. */
export function concernOfType(event: RecordedEvent): Concern {
  if (event.type === 'PurchaseApproved') return event.data['undo'] === true ? 'look' : 'rest';
  if (!Object.hasOwn(CONCERNS, event.type)) return 'look';
  // Checked just above.
  return CONCERNS[event.type as keyof typeof CONCERNS];
}

const CONCERNS = {
  PaymentInitiated: 'running',
  RetryRequested: 'running',
  ReviewApproved: 'running',
  ReviewRejected: 'running',
  AuthorizationRequested: 'running',
  PurchaseRequested: 'running',
  CaptureRequested: 'running',
  IncrementRequested: 'running',
  VoidRequested: 'running',
  RefundRequested: 'running',
  OutcomeUnknown: 'ask',
  OperationPending: 'ask',
  PaymentFailed: 'look',
  ReviewRequested: 'look',
  AuthorizationApproved: 'look',
  AttemptDeclined: 'look',
  AttemptRefused: 'look',
  ActionRequired: 'look',
  CaptureApproved: 'look',
  CaptureDeclined: 'look',
  IncrementApproved: 'look',
  IncrementDeclined: 'look',
  VoidApproved: 'look',
  VoidDeclined: 'look',
  RefundSucceeded: 'look',
  RefundFailed: 'look',
  AuthorizationExtended: 'look',
  DisputeWon: 'look',
  DisputeLost: 'look',
  MoneyRuleBroken: 'look',
  OperatorResolved: 'look',
  PaymentCancelled: 'look',
  RefundPending: 'rest',
  AuthorizationExpired: 'look',
  // Facts may come while another operation runs, whose intent must not be forgotten.
  CaptureSettled: 'aside',
  SettlementFailed: 'aside',
  DisputeOpened: 'aside',
  FactUnmatched: 'aside',
} as const satisfies Record<Exclude<PaymentEventType, 'PurchaseApproved'>, Concern>;
