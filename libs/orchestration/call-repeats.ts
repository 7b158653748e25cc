import type { RecordedEvent } from '../event-store/event-store.js';
import { viewOf } from '../payments/payment.view.js';
import { answerAsOfMark, refuse, RETRY_AFTER_S } from './call-answer.js';
import type { CallAnswer, PaymentCall } from './payment-calls.js';
import type { PaymentWork } from './payment-work.js';

/** The answer to a call whose key stands in the stream already. */
export function replay(
  events: readonly RecordedEvent[],
  call: PaymentCall,
  found: {
    readonly openedAt: number;
    readonly answeredAt: number | null;
    readonly sameBody: boolean;
  },
): CallAnswer {
  if (!found.sameBody) {
    return refuse('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another body.');
  }
  const { openedAt, answeredAt } = found;
  if (answeredAt === null) {
    const detail = 'The first call with this Idempotency-Key is still running.';
    return refuse('IDEMPOTENCY_KEY_IN_FLIGHT', detail, RETRY_AFTER_S);
  }
  const { command } = call.request;
  return answerAsOfMark(events, { command, openedAt, answeredAt }, true);
}

/** The answer to a call that led to no events, as only a confirm does: the payment as it is. */
export function unchanged(work: PaymentWork, events: readonly RecordedEvent[]): CallAnswer {
  const last = events.at(-1);
  if (work.payment === null || last === undefined) throw new Error('nothing to answer with');
  return {
    kind: 'payment',
    status: work.payment.status === 'REQUIRES_ACTION' ? 202 : 200,
    payment: viewOf(work.payment),
    position: last.position,
    replayed: false,
  };
}
