import type { RecordedEvent } from '../event-store/event-store.js';
import type { Payment } from '../payments/payment.state.js';
import { upcast } from '../payments/payment.upcasters.js';
import type { RiskSubject } from '../risk/risk-assessor.js';

/** What is known of a payment for a verdict; the hashes stand in its first event only. */
export function subjectOf(
  payment: Payment,
  events: readonly RecordedEvent[],
  at: string,
): RiskSubject {
  const [first] = events;
  const initiated = first === undefined ? null : upcast(first);
  const hashes =
    initiated?.type === 'PaymentInitiated'
      ? initiated.data
      : { customerIpHash: null, customerEmailHash: null };
  const { customerIpHash, customerEmailHash } = hashes;
  return { ...payment, paymentId: payment.id, customerIpHash, customerEmailHash, at };
}
