import {
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayFact,
  type GatewayWord,
  type WebhookReading,
} from '../gateways/payment-gateway.js';

export const DECLINED: GatewayAnswer = {
  outcome: 'declined',
  code: 'do_not_honor',
  message: 'no',
  authorizationGone: false,
};

type Script = GatewayAnswer | ((call: GatewayCall) => GatewayAnswer | Promise<GatewayAnswer>);

/** A gateway in memory: performs a key once, keeps books, answers what a spec scripted and else approves. */
export class ScriptedGateway extends PaymentGateway {
  readonly capabilities: GatewayCapabilities;
  /** Every operation performed, one entry an effect. */
  readonly books: GatewayCall[] = [];
  /** Every send, repeats included. */
  readonly sends: GatewayCall[] = [];
  readonly feed: GatewayFact[] = [];
  /** What every webhook tells. */
  webhook: WebhookReading = { verdict: 'rejected', reason: 'unsupported' };
  readonly #answers = new Map<string, GatewayAnswer>();
  readonly #script: Script[] = [];
  readonly #words = new Map<string, GatewayWord>();

  constructor(
    readonly name: string,
    capabilities: Partial<GatewayCapabilities> = {},
  ) {
    super();
    this.capabilities = {
      purchase: true,
      increment: true,
      multipleCaptures: true,
      partialRefunds: true,
      keysHonouredForMs: 86_400_000,
      ...capabilities,
    };
  }

  /** The answers of the next sends, in order. */
  script(...answers: readonly Script[]): this {
    this.#script.push(...answers);
    return this;
  }

  /** What asking about a key says from now on. */
  tell(key: string, word: GatewayWord): void {
    this.#words.set(key, word);
  }

  override async send(call: GatewayCall): Promise<GatewayAnswer> {
    this.sends.push(call);
    const known = this.#answers.get(call.key);
    if (known !== undefined) return known;
    const script = this.#script.shift();
    const answer = typeof script === 'function' ? await script(call) : (script ?? approval(call));
    if (answer.outcome !== 'refused' && answer.outcome !== 'unknown') {
      this.#answers.set(call.key, answer);
    }
    if (answer.outcome === 'approved') this.books.push(call);
    return answer;
  }

  override async ask(call: GatewayCall): Promise<GatewayWord> {
    return this.#words.get(call.key) ?? this.#answers.get(call.key) ?? { outcome: 'not_found' };
  }

  override readWebhook(): WebhookReading {
    return this.webhook;
  }

  override async facts(
    cursor: string | null,
  ): Promise<{ readonly facts: readonly GatewayFact[]; readonly cursor: string | null }> {
    const facts = this.feed.slice(Number(cursor ?? '0'));
    return { facts, cursor: String(this.feed.length) };
  }
}

/** The approval of exactly what was asked for. */
export function approval(
  call: GatewayCall,
  over: Partial<Extract<GatewayAnswer, { outcome: 'approved' }>> = {},
): GatewayAnswer {
  return {
    outcome: 'approved',
    reference: `ref-${call.key}`,
    amount: call.amount,
    currency: call.currency,
    expiresAt: null,
    settled: call.operation === 'purchase' || call.operation === 'capture',
    authorizationGone: false,
    ...over,
  };
}
