import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import type { PaymentEventType } from '../../libs/payments/payment.events.js';

/**
 * What a payment's latest event asks of the processor. `running`: whoever appended it is at work; `look`: something may
 * be due; `rest`: nothing new is, what was noted before stays; `ask`: the gateway's word is missing.
 */
export type Concern = 'running' | 'look' | 'ask' | 'rest';

export interface DuePayment {
  readonly paymentId: string;
  readonly revision: number;
  readonly concern: Concern;
}

/** The latest concern of every payment in the events, which are in log order. */
export function dueAfter(events: readonly RecordedEvent[]): readonly DuePayment[] {
  const latest = new Map<string, RecordedEvent>();
  for (const event of events) latest.set(event.stream, event);
  return [...latest.values()].map((event) => ({
    paymentId: paymentIdOf(event.stream),
    revision: event.revision,
    concern: concernOf(event),
  }));
}

function concernOf(event: RecordedEvent): Concern {
  if (event.type === 'PurchaseApproved') return event.data['undo'] === true ? 'look' : 'rest';
  // A type of a newer release is looked at: the fold says what it makes of it.
  if (!Object.hasOwn(CONCERNS, event.type)) return 'look';
  // The own key was checked just above.
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
  PaymentCancelled: 'rest',
  RefundPending: 'rest',
  AuthorizationExpired: 'look',
  CaptureSettled: 'rest',
  SettlementFailed: 'rest',
  DisputeOpened: 'rest',
  FactUnmatched: 'rest',
} as const satisfies Record<Exclude<PaymentEventType, 'PurchaseApproved'>, Concern>;
