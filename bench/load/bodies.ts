/** So that statements hold as much however long a load ran. */
const PAYMENTS_A_CUSTOMER = 10;
const PREFIX_CHARACTERS = 8;

/** Of the n-th payment under a prefix. */
export function customerOf(prefix: string, nth: number): string {
  const name = prefix.slice(0, PREFIX_CHARACTERS);
  return `cus_${name}_${Math.floor(nth / PAYMENTS_A_CUSTOMER)}`;
}

/** The payment of a key: a repeat has to have the same body. */
export function bodyOf(
  prefix: string,
  nth: number,
  captureMethod: 'automatic' | 'manual' = 'automatic',
): string {
  return JSON.stringify({
    amount: 1000 + (nth % 9000),
    currency: 'EUR',
    capture_method: captureMethod,
    payment_method: { type: 'card', token: 'tok_approve' },
    customer_id: customerOf(prefix, nth),
    order_id: `order-${nth}`,
  });
}
