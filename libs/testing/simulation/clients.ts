import type { CallAnswer, PaymentCall, PaymentRequest } from '../../orchestration/payment-calls.js';
import { card, LEFT_OUT } from '../plain-create.js';
import type { ApiNode, Heard } from './api-node.js';
import type { History } from './history.js';
import type { World } from './world.js';

const MERCHANT = 'mer_one';
const CUSTOMERS = ['cus_a', 'cus_b', null] as const;
const AMOUNT_SPREAD = 10_000;
const START_SPREAD_MS = 30_000;
const WISHES_MAX = 5;
const WISH_SPREAD_MS = 25_000;
const TRIES_MAX = 12;
const RETRY_SPREAD_MS = 2_500;
const PATIENCE_SPREAD_MS = 5_000;

/** Answers after which a client tries again with the same key. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  'IDEMPOTENCY_KEY_IN_FLIGHT',
  'OPERATION_IN_PROGRESS',
  'CONCURRENT_UPDATE',
  'STORE_UNAVAILABLE',
  'CALL_DEADLINE_EXCEEDED',
  'GATEWAY_UNAVAILABLE',
]);

/** Merchants and operators: they ask, lose patience, ask again with the same key, and sometimes twice at once. */
export class Clients {
  #keys = 0;

  constructor(
    private readonly world: World,
    private readonly nodes: readonly ApiNode[],
    private readonly history: History,
  ) {}

  /** One payment, and what its merchant wants of it later. */
  async pay(index: number): Promise<void> {
    const { world } = this;
    const paymentId = `pay_${String(index).padStart(4, '0')}`;
    await this.#pause(world.choose(START_SPREAD_MS));
    await this.ask(paymentId, this.#createRequest());
    for (let left = world.choose(WISHES_MAX); left > 0; left -= 1) {
      await this.#pause(world.choose(WISH_SPREAD_MS));
      if (world.faults.over) return;
      await this.ask(paymentId, this.#wish());
    }
  }

  /** Asks until there is an answer that stays, or patience ends. */
  async ask(paymentId: string, request: PaymentRequest): Promise<CallAnswer | null> {
    const { world } = this;
    const call = this.#callOf(paymentId, request);
    this.history.invoke(call);
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (world.faults.strikes('call_repeated_at_once', 8)) void this.#send(call);
      const heard = await this.#sendPatiently(call);
      if (heard !== 'cut' && !isPassing(heard)) {
        if (world.faults.strikes('call_repeated_later', 6)) void this.#sendLater(call);
        return heard;
      }
      await this.#pause(world.choose(RETRY_SPREAD_MS));
    }
    return null;
  }

  async #sendPatiently(call: PaymentCall): Promise<Heard> {
    const answer = this.#send(call);
    if (!this.world.faults.strikes('call_connection_cut', 12)) return await answer;
    const lost = this.#pause(this.world.choose(PATIENCE_SPREAD_MS)).then(() => 'cut' as const);
    return await Promise.race([answer, lost]);
  }

  async #sendLater(call: PaymentCall): Promise<void> {
    await this.#pause(this.world.choose(WISH_SPREAD_MS));
    await this.#send(call);
  }

  async #send(call: PaymentCall): Promise<Heard> {
    const { world } = this;
    const node = world.pick(this.nodes);
    if (node === undefined) return 'cut';
    // Every request has an id of its own.
    const heard = await node.call({ ...call, correlationId: world.newId() });
    if (heard === 'cut') return heard;
    this.history.heard(call, heard);
    const said = heard.kind === 'refused' ? heard.code : heard.kind;
    world.note(`client hears ${said} of ${call.request.command} ${call.idempotency?.keyHash}`);
    return heard;
  }

  #callOf(paymentId: string, request: PaymentRequest): PaymentCall {
    this.#keys += 1;
    const byOperator = ['approve', 'reject', 'resolve'].includes(request.command);
    return {
      paymentId,
      request,
      tenant: byOperator ? null : MERCHANT,
      actor: byOperator ? 'operator:key_one' : `merchant:${MERCHANT}`,
      idempotency: { keyHash: `key-${this.#keys}`, requestHash: `body-${this.#keys}` },
      correlationId: '',
      expectedRevision: null,
      dryRun: false,
    };
  }

  #createRequest(): PaymentRequest {
    const { world } = this;
    const manual = world.choose(5) < 3;
    return {
      command: 'create',
      merchantId: MERCHANT,
      amount: 1n + BigInt(world.choose(AMOUNT_SPREAD)),
      currency: 'EUR',
      ...LEFT_OUT,
      captureMethod: manual ? 'manual' : 'automatic',
      captureAfterS: manual && world.choose(3) === 0 ? 1 + world.choose(60) : null,
      paymentMethod: card('tok'),
      customerId: world.pick(CUSTOMERS) ?? null,
    };
  }

  #wish(): PaymentRequest {
    const { world } = this;
    const amount = world.choose(2) === 0 ? null : 1n + BigInt(world.choose(AMOUNT_SPREAD));
    const final = world.choose(3) === 0;
    const wishes: readonly PaymentRequest[] = [
      { command: 'capture', amount, final },
      { command: 'capture', amount: amount === null ? null : amount / 4n + 1n, final },
      { command: 'refund', amount, reason: null },
      { command: 'refund', amount: amount === null ? null : amount / 4n + 1n, reason: null },
      { command: 'cancel', reason: null },
      { command: 'confirm' },
      { command: 'increment_authorization', amount: (amount ?? 1n) + 3_000n },
      { command: 'retry', paymentMethod: null },
      { command: 'approve', reason: 'looks fine' },
      { command: 'reject', reason: null },
    ];
    return world.pick(wishes) ?? { command: 'confirm' };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.scheduler.in(ms, resolve);
    });
  }
}

function isPassing(answer: CallAnswer): boolean {
  return answer.kind === 'refused' && TRY_AGAIN.has(answer.code);
}
