import type { RecordedEvent } from '../event-store/event-store.js';
import { viewOf } from '../payments/payment.view.js';
import { answerAsOfMark, refuse, RETRY_AFTER_S } from './call-answer.js';
import type { CallAnswer, PaymentCall } from './payment-calls.js';
import type { PaymentWork } from './payment-work.js';

/** What a call answers that its stream knows already. */
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

/** Accepted, and nothing came of it: the payment as it is. Only a confirm does that. */
export function unchanged(
  call: PaymentCall,
  work: PaymentWork,
  events: readonly RecordedEvent[],
): CallAnswer {
  const last = events.at(-1);
  if (work.payment === null || last === undefined) throw new Error('nothing to answer with');
  return {
    kind: 'payment',
    status:
      call.request.command === 'confirm' && work.payment.status !== 'REQUIRES_ACTION' ? 200 : 202,
    payment: viewOf(work.payment),
    position: last.position,
    replayed: false,
  };
}
