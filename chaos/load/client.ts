import { setTimeout as pause } from 'node:timers/promises';
import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import type { Call, Outcome } from '../history/history.js';
import { GATEWAYS } from '../plan/names.js';
import { story, type Act, type PlannedAct, type Story } from '../plan/stories.js';
import type { ChaosSystem } from '../system/chaos-system.js';
import type { Caller, Who } from './caller.js';

const CUSTOMERS = 20;
const STEER_TIMEOUT_MS = 2_000;

interface Parts {
  readonly system: ChaosSystem;
  readonly caller: Caller;
  readonly seed: number;
}

/** One of many clients: lives its stories, one after another. */
export class Client {
  readonly #name: string;

  constructor(
    private readonly number: number,
    private readonly parts: Parts,
  ) {
    this.#name = `client-${number}`;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let nth = 0; !signal.aborted; nth += 1) await this.#live(nth, signal);
  }

  async #live(nth: number, signal: AbortSignal): Promise<void> {
    const { seed, caller } = this.parts;
    const plot = story(seed, this.number, nth);
    const name = `${seed}-${this.number}-${nth}`;
    const merchantId = plot.merchant === 'merchant' ? 'mer_local' : 'mer_local_2';
    const paymentId = paymentIdFor(merchantId, name);
    const create = this.#createOf(plot, name, paymentId);
    const created = await caller.send(this.#name, create, plot.sending);
    // Without an answer there may be a payment all the same: its merchant goes on now and then.
    if (created?.type === 'fail' || (created === null && nth % 2 === 0)) return;
    const payment = { id: paymentId, name, plot, created };
    let beside: Promise<void> | null = null;
    for (const [index, act] of plot.acts.entries()) {
      if (signal.aborted) break;
      const doing = this.#do(payment, act, index);
      if (act.alongside) {
        beside = doing;
        continue;
      }
      await Promise.all([doing, beside]);
      beside = null;
    }
    await beside;
  }

  #createOf(plot: Story, name: string, paymentId: string): Call {
    const { amount, currency, token, captureMethod, captureAfterS } = plot;
    return this.parts.caller.callOf({
      who: plot.merchant,
      path: '/v1/payments',
      key: name,
      stream: `payment-${paymentId}`,
      body: {
        amount,
        currency,
        payment_method: { type: 'card', token },
        capture_method: captureMethod,
        ...(captureAfterS !== null && { capture_after_s: captureAfterS }),
        // A name of its own for each order: by it a payment that was made twice is known.
        order_id: `order-${name}`,
        customer_id: `cus_${amount % CUSTOMERS}`,
      },
    });
  }

  async #do(payment: Payment, { act, sending }: PlannedAct, index: number): Promise<void> {
    const { caller } = this.parts;
    if (act.kind === 'customer') await this.#customerActs(payment, act.result);
    if (act.kind === 'dispute') {
      await this.#dispute(payment, act);
      return;
    }
    const wish = wishOf(act, payment);
    const call = caller.callOf({
      who: wish.who,
      path: wish.path,
      stream: act.kind === 'list' ? null : `payment-${payment.id}`,
      ...(wish.body !== null && { body: wish.body, key: `${payment.name}-${index}` }),
    });
    await caller.send(this.#name, call, sending);
    if (sending.pauseMs > 30) await pause(sending.pauseMs);
  }

  /** At the page of the bank; whether that works is not the shop's to know. */
  async #customerActs({ created }: Payment, result: string): Promise<void> {
    const url = /"url":"([^"]+)"/.exec(created?.body ?? '')?.[1];
    if (url === undefined) return;
    await fetch(`${url}?result=${result}`, { signal: AbortSignal.timeout(STEER_TIMEOUT_MS) })
      .then((answer) => answer.text())
      .catch(() => undefined);
  }

  /** The cardholder complains at whichever gateway took the money. */
  async #dispute({ id, plot }: Payment, act: Act & { kind: 'dispute' }): Promise<void> {
    const amount = String(Math.max(1, Math.floor((plot.amount * act.percent) / 100)));
    const post = async (path: string, body: object) => {
      const answer = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(STEER_TIMEOUT_MS),
      });
      return (await answer.json()) as { id?: string }; // reason: the simulator's own description
    };
    for (const gateway of GATEWAYS) {
      const base = `${this.parts.system.gatewayUrl(gateway)}/${gateway}/disputes`;
      const opened = await post(base, { payment_id: id, amount }).catch(() => null);
      if (typeof opened?.id !== 'string') continue;
      if (act.end !== null) await post(`${base}/${opened.id}/${act.end}`, {}).catch(() => null);
      return;
    }
  }
}

interface Payment {
  readonly id: string;
  readonly name: string;
  readonly plot: Story;
  /** Null: there was no answer. */
  readonly created: Outcome | null;
}

interface ActWish {
  readonly who: Who;
  readonly path: string;
  /** Null: a GET. */
  readonly body: object | null;
}

function wishOf(act: Exclude<Act, { kind: 'dispute' }>, { id, plot }: Payment): ActWish {
  const who = plot.merchant;
  const at = (name: string) => `/v1/payments/${id}/${name}`;
  const share = (percent: number | null) =>
    percent === null ? {} : { amount: Math.max(1, Math.floor((plot.amount * percent) / 100)) };
  switch (act.kind) {
    case 'capture':
      return { who, path: at('capture'), body: { ...share(act.percent), final: act.final } };
    case 'increment':
      return { who, path: at('increment_authorization'), body: share(act.percent) };
    case 'refund':
      return { who, path: at('refunds'), body: share(act.percent) };
    case 'cancel':
    case 'retry':
      return { who, path: at(act.kind), body: {} };
    case 'customer':
      return { who, path: at('confirm'), body: {} };
    case 'approve':
    case 'reject':
      return { who: 'operator', path: at(act.kind), body: {} };
    case 'get':
      return { who, path: `/v1/payments/${id}`, body: null };
    case 'list':
      return { who, path: '/v1/payments?limit=20', body: null };
  }
}
