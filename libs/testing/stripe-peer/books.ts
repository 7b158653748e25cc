import { type Form, sub, text } from './form.js';
import {
  amountIn,
  chargeOf,
  id,
  intentIn,
  nowS,
  type PeerCharge,
  type PeerEvent,
  type PeerIntent,
  type PeerPayout,
  type PeerRefund,
  shown,
  strings,
  unexpected,
} from './objects.js';
import { invalid, missing, StripePeerError } from './stripe-error.js';
import { AUTHENTICATED, DECLINES } from './test-methods.js';

const WEEK_MS = 7 * 86_400_000;

/** What the peer's account has: everything that Stripe would keep, in memory. */
export class PeerBooks {
  readonly intents = new Map<string, PeerIntent>();
  readonly refunds: PeerRefund[] = [];
  readonly events: PeerEvent[] = [];
  readonly payouts: PeerPayout[] = [];
  settleAfterMs = 0;
  authorizeForMs = WEEK_MS;
  refundsSettleAfterMs = 0;
  /** Key of the call that is being worked on. */
  causedBy: string | null = null;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #expiresAtMs = new Map<string, number>();

  create(form: Form, url: string): PeerIntent {
    const intent = intentIn(form);
    const card = sub(sub(form, 'payment_method_data'), 'card');
    const method = text(form, 'payment_method') ?? text(card, 'token');
    if (method === null || method === 'pm_card_missing') throw missing('payment_method');
    this.intents.set(intent.id, intent);
    const declined = DECLINES.get(method);
    if (declined !== undefined) throw this.#decline(intent, 'card_declined', declined);
    if (!AUTHENTICATED.has(method)) return this.#charge(intent);
    const returnUrl = text(form, 'return_url');
    if (text(form, 'error_on_requires_action') === 'true' || returnUrl === null) {
      throw this.#decline(intent, 'card_declined', 'authentication_required');
    }
    intent.status = 'requires_action';
    const page = { url: `${url}/authenticate/${intent.id}`, return_url: returnUrl };
    intent.next_action = { type: 'redirect_to_url', redirect_to_url: page };
    return intent;
  }

  /** The customer's act on the page that they were sent to. */
  authenticate(intentId: string, result: 'success' | 'failure'): void {
    const intent = this.get(intentId);
    if (intent.status !== 'requires_action') return;
    intent.next_action = null;
    if (result === 'success') this.#charge(intent);
    else this.#decline(intent, 'payment_intent_authentication_failure');
  }

  get(intentId: string): PeerIntent {
    const intent = this.intents.get(intentId);
    if (intent === undefined) throw missing('intent');
    const over = Date.now() >= (this.#expiresAtMs.get(intentId) ?? Infinity);
    if (over && intent.status === 'requires_capture') this.#cancel(intent, 'automatic');
    return intent;
  }

  capture(intentId: string, form: Form): PeerIntent {
    const intent = this.get(intentId);
    if (intent.status !== 'requires_capture') throw unexpected(intent);
    const given = text(form, 'amount_to_capture');
    const amount = given === null ? intent.amount_capturable : amountIn(form, 'amount_to_capture');
    if (amount > intent.amount_capturable) {
      throw invalid('amount_too_large', { param: 'amount_to_capture', payment_intent: intent });
    }
    Object.assign(intent.metadata, strings(sub(form, 'metadata')));
    intent.amount_received += amount;
    intent.amount_capturable -= amount;
    const last = text(form, 'final_capture') !== 'false' || intent.amount_capturable === 0;
    if (last) this.#succeed(intent);
    else this.#tell('payment_intent.amount_capturable_updated', shown(intent));
    return intent;
  }

  increment(intentId: string, form: Form): PeerIntent {
    const intent = this.get(intentId);
    if (intent.status !== 'requires_capture') throw unexpected(intent);
    const amount = amountIn(form, 'amount');
    if (amount <= intent.amount) throw invalid(undefined, { param: 'amount' });
    Object.assign(intent.metadata, strings(sub(form, 'metadata')));
    intent.amount_capturable += amount - intent.amount;
    intent.amount = amount;
    this.#tell('payment_intent.amount_capturable_updated', shown(intent));
    return intent;
  }

  cancel(intentId: string, form: Form): PeerIntent {
    const intent = this.get(intentId);
    if (intent.status === 'canceled' || intent.status === 'succeeded') throw unexpected(intent);
    return this.#cancel(intent, text(form, 'cancellation_reason'));
  }

  refund(form: Form): PeerRefund {
    const intent = this.get(text(form, 'payment_intent') ?? '');
    const before = this.refunds.filter((other) => other.payment_intent === intent.id);
    const left = before.reduce((sum, { amount }) => sum - amount, intent.amount_received);
    const amount = text(form, 'amount') === null ? left : amountIn(form, 'amount');
    if (left === 0) throw invalid('charge_already_refunded');
    // Stripe has no code for this one.
    if (amount > left) throw invalid(undefined, { param: 'amount' });
    const waits = this.refundsSettleAfterMs > 0;
    const refund: PeerRefund = {
      id: id('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      status: waits ? 'pending' : 'succeeded',
      payment_intent: intent.id,
      metadata: strings(sub(form, 'metadata')),
    };
    this.refunds.push(refund);
    this.#tell('refund.created', refund);
    if (waits) {
      this.#later(this.refundsSettleAfterMs, () => {
        refund.status = 'succeeded';
        this.#tell('refund.updated', refund);
      });
    }
    return refund;
  }

  /** An event that no call caused: a dispute, a refund that fails later. */
  tell(type: string, object: unknown): PeerEvent {
    return this.#tell(type, object);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #charge(intent: PeerIntent): PeerIntent {
    const manual = intent.capture_method === 'manual';
    const expiresAtMs = Date.now() + this.authorizeForMs;
    intent.latest_charge = chargeOf(intent, manual ? Math.ceil(expiresAtMs / 1000) : null);
    this.#tell('charge.succeeded', intent.latest_charge);
    if (manual) {
      this.#expiresAtMs.set(intent.id, expiresAtMs);
      intent.status = 'requires_capture';
      intent.amount_capturable = intent.amount;
      this.#tell('payment_intent.amount_capturable_updated', shown(intent));
      return intent;
    }
    intent.amount_received = intent.amount;
    return this.#succeed(intent);
  }

  #succeed(intent: PeerIntent): PeerIntent {
    intent.status = 'succeeded';
    intent.amount_capturable = 0;
    const { latest_charge: charge } = intent;
    if (charge !== null) {
      charge.captured = true;
      const transaction = {
        id: id('txn'),
        object: 'balance_transaction',
        status: 'pending',
      } as const;
      charge.balance_transaction = { ...transaction };
      if (this.settleAfterMs > 0) this.#later(this.settleAfterMs, () => this.#payOut(charge));
    }
    this.#tell('payment_intent.succeeded', shown(intent));
    return intent;
  }

  #payOut(charge: PeerCharge): void {
    if (charge.balance_transaction !== null) charge.balance_transaction.status = 'available';
    const payout = { id: id('po'), charge };
    this.payouts.push(payout);
    this.#tell('payout.paid', { id: payout.id, object: 'payout', status: 'paid' });
  }

  #decline(intent: PeerIntent, code: string, reason?: string): StripePeerError {
    const error = {
      type: 'card_error' as const,
      code,
      ...(reason === undefined ? {} : { decline_code: reason }),
    };
    intent.status = 'requires_payment_method';
    intent.last_payment_error = error;
    this.#tell('payment_intent.payment_failed', shown(intent));
    return new StripePeerError(402, { ...error, payment_intent: shown(intent) });
  }

  #cancel(intent: PeerIntent, reason: string | null): PeerIntent {
    intent.status = 'canceled';
    intent.cancellation_reason = reason;
    intent.amount_capturable = 0;
    intent.next_action = null;
    if (reason === 'automatic') this.causedBy = null;
    this.#tell('payment_intent.canceled', shown(intent));
    return intent;
  }

  #tell(type: string, object: unknown): PeerEvent {
    const event: PeerEvent = {
      id: id('evt'),
      object: 'event',
      type,
      created: nowS(),
      data: { object: structuredClone(object) },
      request: { id: this.causedBy && id('req'), idempotency_key: this.causedBy },
    };
    this.events.push(event);
    return event;
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.causedBy = null;
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
