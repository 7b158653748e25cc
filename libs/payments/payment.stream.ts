/** The stream of one payment. */
export const PAYMENT_STREAM_PREFIX = 'payment-';

export function paymentStream(paymentId: string): string {
  return PAYMENT_STREAM_PREFIX + paymentId;
}

export function paymentIdOf(stream: string): string {
  return stream.slice(PAYMENT_STREAM_PREFIX.length);
}
