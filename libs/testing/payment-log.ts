import type { EventStore, JsonObject, NewEvent, StreamHead } from '../event-store/event-store.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { paymentStream } from '../payments/payment.stream.js';
import { EVENT_VERSIONS } from '../payments/payment.upcasters.js';
import { newEventId } from '../platform/ids.js';
import { unscoredRouting } from './unscored-routing.js';

/** Who pays what, and when the first event is. Amounts are decimal strings of minor units. */
export interface SamplePayment {
  readonly id: string;
  readonly merchantId?: string;
  readonly customerId?: string | null;
  readonly orderId?: string | null;
  readonly amount?: string;
  readonly currency?: string;
  /** ISO instant. */
  readonly at?: string;
}

const SAMPLE_AT = '2026-03-01T10:00:00.000Z';

/** Begins a payment that is purchased at once. */
export function purchase(payment: SamplePayment): readonly PaymentEvent[] {
  const { amount = '2500', currency = 'EUR' } = payment;
  const intent = { intent: 1, key: `${payment.id}/1`, gateway: 'alpha', amount, currency };
  return [
    initiated(payment),
    { type: 'PurchaseRequested', data: { ...intent, routing: unscoredRouting('alpha') } },
    {
      type: 'PurchaseApproved',
      data: {
        intent: 1,
        reference: `${payment.id}_purchase`,
        amount,
        currency,
        settled: true,
        undo: false,
        fact: null,
      },
    },
  ];
}

export function initiated(payment: SamplePayment): PaymentEvent {
  return {
    type: 'PaymentInitiated',
    data: {
      paymentId: payment.id,
      merchantId: payment.merchantId ?? 'mer_one',
      amount: payment.amount ?? '2500',
      currency: payment.currency ?? 'EUR',
      captureMethod: 'automatic',
      captureAfterS: null,
      paymentMethod: {
        type: 'card',
        token: 'tok_approve',
        network: null,
        country: null,
        last4: '4242',
      },
      customerId: payment.customerId === undefined ? 'cus_one' : payment.customerId,
      orderId: payment.orderId ?? null,
      description: null,
      metadata: { amount: 'text that only looks like money' },
      customerIpHash: null,
      customerEmailHash: null,
      risk: { verdict: 'approve', score: 0, reasons: [] },
    },
  };
}

/** A refund of a purchase; `intent` counts on from 2. */
export function refund(payment: SamplePayment, amount: string, intent = 2): PaymentEvent[] {
  const currency = payment.currency ?? 'EUR';
  return [
    {
      type: 'RefundRequested',
      data: {
        intent,
        key: `${payment.id}/${intent}`,
        gateway: 'alpha',
        amount,
        currency,
        refundId: `ref_${payment.id}_${intent}`,
        target: 1,
        reference: `${payment.id}_purchase`,
        cause: 'command',
        reason: 'damaged',
      },
    },
    { type: 'RefundSucceeded', data: { intent, amount, fact: null } },
  ];
}

export function refundFailedLater(intent = 2): PaymentEvent {
  const fact = { gateway: 'alpha', id: `fact_failed_${intent}` };
  return {
    type: 'RefundFailed',
    data: { intent, code: 'generic_decline', message: 'refused', fact },
  };
}

export function dispute(
  type: 'DisputeOpened' | 'DisputeWon' | 'DisputeLost',
  amount: string,
): PaymentEvent {
  const fact = { gateway: 'alpha', id: `fact_${type}` };
  return { type, data: { intent: 1, disputeId: 'dis_1', amount, fact } };
}

/** The events of one append, a second apart from `at` on. */
export function newEvents(events: readonly PaymentEvent[], at = SAMPLE_AT): readonly NewEvent[] {
  return events.map(({ type, data }, index) => {
    const id = newEventId();
    return {
      id,
      type,
      version: EVENT_VERSIONS[type],
      data: data as unknown as JsonObject, // reason: event data is JSON by rule
      metadata: {
        at: new Date(Date.parse(at) + index * 1000).toISOString(),
        actor: 'merchant:mer_one',
        correlationId: id,
        causationId: id,
      },
    };
  });
}

/** Writes events to streams and remembers where each stands. */
export class PaymentLog {
  readonly #heads = new Map<string, StreamHead & { readonly at: string }>();

  constructor(private readonly store: EventStore) {}

  /** `at` is put off to the payment's last event where that is later. */
  async append(paymentId: string, events: readonly PaymentEvent[], at?: string): Promise<string> {
    const stream = paymentStream(paymentId);
    const head = this.#heads.get(stream);
    const later = head !== undefined && head.at > (at ?? SAMPLE_AT) ? head.at : at;
    const batch = newEvents(events, later);
    const appended = await this.store.append(stream, head ?? 'no stream', batch);
    this.#heads.set(stream, { ...appended, at: batch.at(-1)?.metadata.at ?? '' });
    return appended.position;
  }

  /** Payments `pay_<from>` ..., every third one refunded in part, every fifth one disputed. */
  async appendMany(from: number, count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => from + index);
    await Promise.all(
      numbers.map(async (number) => {
        const payment = sample(number);
        await this.append(payment.id, purchase(payment), payment.at);
        if (number % 3 === 0) await this.append(payment.id, refund(payment, '100'), payment.at);
        if (number % 5 === 0) {
          await this.append(payment.id, [dispute('DisputeOpened', '300')], payment.at);
        }
      }),
    );
  }
}

function sample(number: number): Required<SamplePayment> {
  return {
    id: `pay_${String(number).padStart(8, '0')}`,
    merchantId: `mer_${number % 2}`,
    customerId: number % 7 === 0 ? null : `cus_${number % 10}`,
    orderId: `ord_${number}`,
    amount: String(1000 + number),
    currency: number % 4 === 0 ? 'JPY' : 'EUR',
    at: new Date(Date.parse(SAMPLE_AT) + number * 1000).toISOString(),
  };
}
