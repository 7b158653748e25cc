import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import type { PaymentEventType } from '../../libs/payments/payment.events.js';

/**
 * What a payment's latest event asks of the processor. `running`: whoever appended it is at work; `look`: something may
 * be due; `rest`: nothing is; `ask`: the gateway's word is missing; `aside`: it is about something else, what was noted
 * before stays.
 */
export type Concern = 'running' | 'look' | 'ask' | 'rest' | 'aside';

export interface DuePayment {
  readonly paymentId: string;
  readonly revision: number;
  readonly concern: Concern;
}

/** The latest concern of every payment in the events, which are in log order. */
export function dueAfter(events: readonly RecordedEvent[]): readonly DuePayment[] {
  const latest = new Map<string, DuePayment>();
  for (const event of events) {
    const paymentId = paymentIdOf(event.stream);
    const own = concernOf(event);
    const concern = own === 'aside' ? (latest.get(paymentId)?.concern ?? own) : own;
    latest.set(paymentId, { paymentId, revision: event.revision, concern });
  }
  return [...latest.values()];
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
  PaymentCancelled: 'look',
  RefundPending: 'rest',
  AuthorizationExpired: 'look',
  // Facts may come while another operation runs, whose intent must not be forgotten.
  CaptureSettled: 'aside',
  SettlementFailed: 'aside',
  DisputeOpened: 'aside',
  FactUnmatched: 'aside',
} as const satisfies Record<Exclude<PaymentEventType, 'PurchaseApproved'>, Concern>;
