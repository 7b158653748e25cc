import { z } from 'zod';
import { commonGatewaySettings, gatewayAdapter } from '../../libs/gateways/gateway-adapter.js';
import {
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayFact,
  type GatewayWord,
} from '../../libs/gateways/payment-gateway.js';

/** Approves all that it is sent, as a till without a line to the bank does. Keeps its roll in memory. */
export class TillRollGateway extends PaymentGateway {
  readonly capabilities: GatewayCapabilities = {
    purchase: true,
    increment: true,
    multipleCaptures: true,
    partialRefunds: true,
    keysHonouredForMs: 86_400_000,
  };
  readonly #answers = new Map<string, GatewayAnswer>();

  constructor(
    readonly name: string,
    private readonly tokenPrefix: string,
  ) {
    super();
  }

  override acceptsToken(token: string): boolean {
    return token.startsWith(this.tokenPrefix);
  }

  override async send(call: GatewayCall): Promise<GatewayAnswer> {
    // A key performs once: whoever repeats it hears what the first one heard.
    const known = this.#answers.get(call.key);
    if (known !== undefined) return known;
    const answer: GatewayAnswer = {
      outcome: 'approved',
      reference: `roll-${this.#answers.size + 1}`,
      amount: call.amount,
      currency: call.currency,
      expiresAt: null,
      settled: true,
      authorizationGone: false,
    };
    this.#answers.set(call.key, answer);
    return answer;
  }

  override async ask(call: GatewayCall): Promise<GatewayWord> {
    return this.#answers.get(call.key) ?? { outcome: 'not_found' };
  }

  override async facts(): Promise<{ facts: readonly GatewayFact[]; cursor: string | null }> {
    return { facts: [], cursor: null };
  }
}

export const tillRollAdapter = gatewayAdapter({
  settings: z.strictObject({
    ...commonGatewaySettings,
    adapter: z.literal('till-roll'),
    tokenPrefix: z.string().min(1, 'must be the beginning of the tokens that it takes'),
  }),
  open: ({ name, tokenPrefix }) => new TillRollGateway(name, tokenPrefix),
});
