import { randomUUID } from 'node:crypto';
import { eventually } from '../eventually.js';
import type { DescribedInstallation } from './described-installation.js';

/** What one merchant has: the things that another could name. */
export interface Things {
  readonly payment: string;
  readonly customer: string;
  readonly order: string;
  readonly idempotencyKey: string;
  readonly actor: string;
  readonly cursor: string;
  readonly position: string;
  /** Of another payment; a second merchant may have a customer of the same name. */
  readonly sharedPayment: string;
  readonly sharedCustomer: string;
  readonly sharedOrder: string;
}

/** These lead to nobody by themselves. */
export const NO_SECRETS = new Set<string>(['position', 'sharedCustomer', 'sharedOrder']);

export async function anotherPayment({
  call,
  installation,
}: DescribedInstallation): Promise<string> {
  const body = JSON.stringify(PAYMENT);
  // On a machine that is busy a gateway may take too long: that payment is not at rest yet.
  return await eventually(async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const made = await call('createPayment', { key: installation.key.merchant, headers, body });
    expect(made.status).toBe(201);
    return String(made.body['id']);
  });
}

const PAYMENT = {
  amount: 2_500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'manual',
};

/** Ids that fit and that nobody has. */
export function nobody(things: Things) {
  return {
    payment: `pay_${randomUUID().replaceAll('-', '')}`,
    customer: `cus_${randomUUID()}`,
    order: `order_${randomUUID()}`,
    idempotencyKey: randomUUID(),
    actor: 'merchant:mer_nobody',
    sharedCustomer: `cus_${randomUUID()}`,
    sharedOrder: `order_${randomUUID()}`,
    // Of the same log, in which all positions lead to the same events.
    position: things.position,
    cursor: things.cursor,
  };
}

export async function thingsOf(
  { call, installation }: DescribedInstallation,
  merchant: 'merchant' | 'merchant_2',
): Promise<Things> {
  const key = installation.key[merchant];
  const pay = async (order: string, more: { customer: string; idempotencyKey: string }) =>
    await call('createPayment', {
      key,
      headers: { 'Idempotency-Key': more.idempotencyKey },
      body: JSON.stringify({
        ...PAYMENT,
        customer_id: more.customer,
        order_id: order,
      }),
    });
  const customer = `cus_of_${merchant}_alone`;
  const order = `order_of_${merchant}_alone`;
  const idempotencyKey = `key-of-${merchant}-alone`;
  const first = await pay(order, { customer, idempotencyKey });
  const shared = { customer: 'cus_of_both', idempotencyKey: `another-${idempotencyKey}` };
  const last = await pay('order_of_both', shared);
  const payment = String(first.body['id']);
  const position = String(last.headers['tillstream-position']);
  const list = await call('listPayments', { key, query: { limit: '1', min_position: position } });
  const events = await call('listPaymentEvents', { key, path: { id: payment } });
  const [opening] = events.body['data'] as { readonly metadata: { readonly actor: string } }[];
  return {
    payment,
    customer,
    order,
    idempotencyKey,
    actor: opening?.metadata.actor ?? '',
    cursor: String(list.body['next_cursor']),
    position,
    sharedPayment: String(last.body['id']),
    sharedCustomer: shared.customer,
    sharedOrder: 'order_of_both',
  };
}
