import { ApiKeys } from '../access/api-keys.js';
import type { EventStore, JsonObject } from '../event-store/event-store.js';
import {
  decideGatewayChange,
  gatewayStream,
  initialProfile,
} from '../gateways/registry/gateway-profile.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { paymentStream } from '../payments/payment.stream.js';
import { SystemClock } from '../platform/clock.js';
import { newEventId } from '../platform/ids.js';
import { DamagedHouse } from './damaged-house.js';
import {
  dispute,
  initiated,
  newEvents,
  PaymentLog,
  purchase,
  refund,
  type SamplePayment,
} from './payment-log.js';

/** Of the call that opened the stream of calls and was answered in it. */
export const CALL_HASH = 'a'.repeat(64);
/** Purchased and refunded in part, by calls. */
export const CALLED_STREAM = paymentStream('pay_one');
/** Waits for its gateway. */
export const OPEN_STREAM = paymentStream('pay_open');
/** Authorized, and to be captured by itself. */
export const HELD_STREAM = paymentStream('pay_held');
export const GATEWAY_STREAM = gatewayStream('alpha');
const BY = { actor: 'operator:key_1', correlationId: 'correlation-1' };

/** A house with streams of every kind, in which what is due is noted. */
export async function openHouseOfEveryKind(): Promise<DamagedHouse> {
  const house = await DamagedHouse.open(fill);
  await house.pool.query(
    `insert into due_payments (payment_id, kind, due_at, revision) values
       ('pay_open', 'due', now(), 1), ('pay_held', 'due', '2026-03-08T11:00:00Z', 2)`,
  );
  await house.pool.query('insert into saved_due_payments table due_payments');
  return house;
}

/** Every kind of stream, and enough payments that each column of each table has a row of its own to be damaged in. */
async function fill(store: EventStore): Promise<void> {
  const log = new PaymentLog(store);
  await appendCalls(store);
  for (let number = 0; number < 18; number += 1) {
    const payment = { id: `pay_${number}`, customerId: `cus_${number}`, orderId: `ord_${number}` };
    const review: PaymentEvent = {
      type: 'ReviewRequested',
      data: { origin: 'INITIATED', reasons: ['velocity'] },
    };
    await log.append(
      payment.id,
      number % 2 === 0 ? purchase(payment) : [initiated(payment), review],
    );
    if (number % 4 === 0) await log.append(payment.id, refund(payment, '100'));
    if (number % 6 === 0) await log.append(payment.id, [dispute('DisputeOpened', '300')]);
  }
  const open = purchase({ id: 'pay_open' }).slice(0, 2);
  await log.append('pay_open', open, '2026-03-01T11:00:00.000Z');
  await log.append('pay_held', held({ id: 'pay_held' }), '2026-03-01T11:00:00.000Z');
  const keys = new ApiKeys(store, new SystemClock());
  const key = { role: 'operator', merchantId: null, name: 'one', expiresAt: null } as const;
  const issued = await keys.create({ ...key, origin: 'cli' }, BY);
  if (issued !== null) await keys.revoke(issued.key, null, BY);
  await changeGateway(store, [0.5, 0.25]);
}

/** An authorization that waits for its capture. */
function held(payment: SamplePayment): readonly PaymentEvent[] {
  const [first, second] = purchase(payment);
  if (first?.type !== 'PaymentInitiated' || second?.type !== 'PurchaseRequested') return [];
  const { amount, currency } = second.data;
  const manual = { captureMethod: 'manual', captureAfterS: 3_600 } as const;
  const approved = { intent: 1, reference: 'aut_1', amount, currency, undo: false, fact: null };
  const window = { expiresAt: '2026-03-08T11:00:00.000Z', windowFrom: 'gateway' } as const;
  return [
    { type: 'PaymentInitiated', data: { ...first.data, ...manual } },
    { type: 'AuthorizationRequested', data: second.data },
    { type: 'AuthorizationApproved', data: { ...approved, ...window } },
  ];
}

async function appendCalls(store: EventStore): Promise<void> {
  const events = newEvents([...purchase({ id: 'pay_one' }), ...refund({ id: 'pay_one' }, '700')]);
  const called = events.map((event, index) => {
    const opens = index === 0 ? { idempotency: CALL_HASH } : {};
    const answers = index === 2 ? { answers: [CALL_HASH] } : {};
    return { ...event, metadata: { ...event.metadata, ...opens, ...answers } };
  });
  await store.append(CALLED_STREAM, 'no stream', called);
}

async function changeGateway(store: EventStore, weights: readonly number[]): Promise<void> {
  let profile = initialProfile({ name: 'alpha', adapter: 'simulator' });
  const metadata = { at: '2026-03-01T10:00:00.000Z', ...BY, causationId: 'request-1' };
  const changes = weights.flatMap((weight) => {
    const change = decideGatewayChange(profile, { patch: { weight }, reason: 'cheaper' });
    if (change === null) return [];
    profile = change.data.after;
    // reason: event data is JSON by rule
    const data = change.data as unknown as JsonObject;
    return [{ id: newEventId(), type: change.type, version: 1, data, metadata }];
  });
  await store.append(GATEWAY_STREAM, 'no stream', changes);
}
