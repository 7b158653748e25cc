import type { FastifyRequest } from 'fastify';
import type { EventStore, RecordedEvent } from '../../../libs/event-store/event-store.js';
import { foldPayment } from '../../../libs/payments/payment.fold.js';
import type { Payment } from '../../../libs/payments/payment.state.js';
import { paymentStream } from '../../../libs/payments/payment.stream.js';
import { Problem } from '../../../libs/platform/problem.js';

const PAYMENT_ID = /^pay_[0-9a-f]{32}$/;

export interface PaymentHistory {
  readonly payment: Payment;
  readonly events: readonly RecordedEvent[];
}

/** The payment id of the path. @throws Problem PAYMENT_NOT_FOUND for what is none of ours */
export function paymentIdIn(request: FastifyRequest): string {
  const { id = '' } = request.params as { id?: string };
  if (!PAYMENT_ID.test(id)) throw paymentNotFound();
  return id;
}

/** Reads payments from their streams: what it answers is never behind. */
export class PaymentReader {
  constructor(private readonly store: EventStore) {}

  /**
   * The payment as of the events before the first that `until` refuses. `tenant` null: of all merchants.
   * @throws Problem PAYMENT_NOT_FOUND, also for another merchant's, and what the event store throws
   */
  async read(
    paymentId: string,
    tenant: string | null,
    until: (event: RecordedEvent) => boolean = () => true,
  ): Promise<PaymentHistory> {
    const all = await this.store.readStream(paymentStream(paymentId));
    const end = all.findIndex((event) => !until(event));
    const events = end < 0 ? all : all.slice(0, end);
    const payment = foldPayment(events);
    // The first event says whose it is; for others it was never there.
    const { merchantId } = payment ?? foldPayment(all) ?? { merchantId: null };
    if (merchantId === null || (tenant !== null && merchantId !== tenant)) throw paymentNotFound();
    if (payment === null) throw notThereYet('The payment was not there yet at that instant.');
    return { payment, events };
  }
}

function paymentNotFound(): Problem {
  return notThereYet('There is no such payment.');
}

/** Told only to callers who may read the payment. */
export function notThereYet(detail: string): Problem {
  return new Problem({ status: 404, code: 'PAYMENT_NOT_FOUND', detail });
}
