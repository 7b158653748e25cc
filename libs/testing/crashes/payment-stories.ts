import { eventually } from '../eventually.js';
import { ALARMING_AMOUNT, GATEWAY, WEBHOOK_SECRET, type CrashLane } from './crash-lane.js';

const REST_DEADLINE_MS = 60_000;
const AMOUNT = 2_500;

/** A purchase; whatever the token does on the wire, the customer is charged once. */
export function purchase(token = 'tok_approve') {
  return async (lane: CrashLane): Promise<void> => {
    const id = await create(lane, { capture_method: 'automatic', token });
    await rests(lane, id, 'COMPLETED');
    expect(await lane.booksOf(id)).toEqual([`purchase ${AMOUNT}`]);
  };
}

export async function capture(lane: CrashLane): Promise<void> {
  const id = await create(lane, { capture_method: 'manual' });
  await accepted(lane, `/v1/payments/${id}/capture`);
  await rests(lane, id, 'COMPLETED');
  expect(await lane.booksOf(id)).toEqual([`authorize ${AMOUNT}`, `capture ${AMOUNT}`]);
}

export async function refund(lane: CrashLane): Promise<void> {
  const id = await create(lane, { capture_method: 'automatic' });
  await accepted(lane, `/v1/payments/${id}/refunds`, { amount: 1_000 });
  await rests(lane, id, 'PARTIALLY_REFUNDED');
  expect(await lane.booksOf(id)).toEqual([`purchase ${AMOUNT}`, 'refund 1000']);
}

/** A purchase that the customer's bank disputes; by a webhook where the gateway has an address for them. */
export async function dispute(lane: CrashLane): Promise<void> {
  const id = await create(lane, { capture_method: 'automatic' });
  await lane.steer('POST', `/${GATEWAY}/disputes`, { payment_id: id, amount: AMOUNT });
  await rests(lane, id, 'DISPUTED');
  const { body } = await lane.merchant.get(`/v1/payments/${id}`);
  expect(body['disputes']).toHaveLength(1);
}

export async function disputeByWebhook(lane: CrashLane): Promise<void> {
  const url = `${lane.url}/v1/gateways/${GATEWAY}/webhooks`;
  await lane.steer('PUT', `/${GATEWAY}/webhooks`, { url, secret: WEBHOOK_SECRET });
  try {
    await dispute(lane);
  } finally {
    await lane.steer('DELETE', `/${GATEWAY}/webhooks`);
  }
}

/** An authorization that risk finds fault with afterwards: a person is asked, once. */
export async function alarm(lane: CrashLane): Promise<void> {
  const id = await create(lane, { capture_method: 'manual', amount: ALARMING_AMOUNT });
  await rests(lane, id, 'UNDER_REVIEW');
  const events = await lane.store.readStream(`payment-${id}`);
  expect(events.filter(({ type }) => type === 'ReviewRequested')).toHaveLength(1);
  expect(await lane.booksOf(id)).toEqual([`authorize ${ALARMING_AMOUNT}`]);
}

async function create(
  lane: CrashLane,
  { token = 'tok_approve', amount = AMOUNT, ...more }: CreateOptions,
): Promise<string> {
  const payment_method = { type: 'card', token };
  const body = { amount, currency: 'EUR', payment_method, ...more };
  const answer = await lane.merchant.post('/v1/payments', body);
  expect(answer).toMatchObject({ status: expect.any(Number), body: { amount } });
  expect([201, 202]).toContain(answer.status);
  return answer.body.id;
}

interface CreateOptions {
  readonly capture_method: 'automatic' | 'manual';
  readonly token?: string;
  readonly amount?: number;
}

async function accepted(lane: CrashLane, path: string, body: object = {}): Promise<void> {
  const { status, text } = await lane.merchant.post(path, body);
  if (![200, 201, 202].includes(status)) throw new Error(`${path}: ${status} ${text}`);
}

async function rests(lane: CrashLane, id: string, status: string): Promise<void> {
  await eventually(async () => {
    const { body } = await lane.merchant.get(`/v1/payments/${id}`);
    expect(body).toMatchObject({ status, open_operation: null });
  }, REST_DEADLINE_MS);
}
