import { readFileSync } from 'node:fs';
import type { JsonObject, RecordedEvent } from '../event-store/event-store.js';
import { formatPosition } from '../event-store/position.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { paymentStream } from '../payments/payment.stream.js';

/** An event of a life: its golden sample, with other fields where the life needs them. */
export type LifeEvent = readonly [PaymentEvent['type'], JsonObject?];

/** Of the golden sample of PaymentInitiated. */
const GOLDEN_PAYMENT_ID = 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f';

/** Lives that together hold every type of event; each is a stream that decisions and facts could have made. */
export const PAYMENT_LIVES: { readonly [name: string]: readonly LifeEvent[] } = {
  'authorized after an action, captured in part, incremented, voided': [
    ['PaymentInitiated'],
    ['ReviewRequested'],
    ['ReviewApproved'],
    ['AuthorizationRequested'],
    ['ActionRequired'],
    ['OutcomeUnknown'],
    ['OperationPending'],
    ['AuthorizationApproved'],
    ['AuthorizationExtended'],
    ['CaptureRequested'],
    ['CaptureDeclined'],
    ['IncrementRequested', { intent: 3 }],
    ['IncrementDeclined', { intent: 3 }],
    ['IncrementRequested', { intent: 4 }],
    ['IncrementApproved', { intent: 4 }],
    ['CaptureRequested', { intent: 5 }],
    ['CaptureApproved', { intent: 5 }],
    ['VoidRequested', { intent: 6 }],
    ['VoidDeclined', { intent: 6 }],
    ['VoidRequested', { intent: 7 }],
    ['VoidApproved', { intent: 7 }],
    ['CaptureSettled', { intent: 5, amount: '1000' }],
  ],
  'purchased, refunded, refund failed later, disputed and won': [
    ['PaymentInitiated'],
    ['PurchaseRequested'],
    ['PurchaseApproved'],
    ['CaptureSettled'],
    ['RefundRequested'],
    ['RefundPending'],
    ['RefundSucceeded'],
    ['RefundFailed'],
    ['DisputeOpened'],
    ['DisputeWon'],
    ['FactUnmatched'],
  ],
  'purchased, disputed and lost beyond a refund, resolved by an operator': [
    ['PaymentInitiated'],
    ['PurchaseRequested'],
    ['PurchaseApproved'],
    ['SettlementFailed'],
    ['RefundRequested'],
    ['RefundSucceeded'],
    ['DisputeLost'],
    ['MoneyRuleBroken'],
    ['OperatorResolved'],
  ],
  'refused and declined, retried, failed': [
    ['PaymentInitiated'],
    ['PurchaseRequested'],
    ['AttemptRefused'],
    ['PurchaseRequested', { intent: 2 }],
    ['AttemptDeclined', { intent: 2 }],
    ['RetryRequested'],
    ['PaymentFailed'],
  ],
  'authorized and expired': [
    ['PaymentInitiated'],
    ['AuthorizationRequested'],
    ['AuthorizationApproved'],
    ['AuthorizationExpired'],
  ],
  'rejected by a person': [['PaymentInitiated'], ['ReviewRequested'], ['ReviewRejected']],
  cancelled: [['PaymentInitiated'], ['PaymentCancelled']],
};

/** The life as a log holds it, alone in it; the payment is that of the golden samples. */
export function recordedLife(life: readonly LifeEvent[]): readonly RecordedEvent[] {
  return life.map(([type, data], revision) => ({
    ...envelope(revision),
    type,
    version: 1,
    data: { ...goldenData(type), ...data },
  }));
}

/** An event of a type that no release knows. */
export function unknownEvent(revision: number): RecordedEvent {
  return { ...envelope(revision), type: 'SomethingNew', version: 1, data: { news: true } };
}

function envelope(revision: number) {
  const id = `00000000-0000-7000-8000-${String(revision).padStart(12, '0')}`;
  return {
    id,
    position: formatPosition(1n, BigInt(revision + 1)),
    stream: paymentStream(GOLDEN_PAYMENT_ID),
    revision,
    metadata: {
      at: new Date(Date.UTC(2026, 2, 1, 10, 0, revision)).toISOString(),
      actor: 'merchant:mer_shop',
      correlationId: id,
      causationId: id,
      hash: `hash-${revision}`,
    },
  };
}

function goldenData(type: PaymentEvent['type']): JsonObject {
  const file = new URL(`../payments/golden/${type}.v1.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { data: JsonObject }).data; // reason: kept by golden specs
}
