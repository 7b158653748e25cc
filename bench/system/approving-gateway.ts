import {
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayWord,
} from '../../libs/gateways/payment-gateway.js';

/** A gateway without a network: approves everything at once. What a call costs is then all ours. */
export class ApprovingGateway extends PaymentGateway {
  readonly capabilities: GatewayCapabilities = {
    purchase: true,
    increment: true,
    multipleCaptures: true,
    partialRefunds: true,
    keysHonouredForMs: 30 * 86_400_000,
  };

  constructor(readonly name: string) {
    super();
  }

  override async send(call: GatewayCall): Promise<GatewayAnswer> {
    return {
      outcome: 'approved',
      reference: `ref-${call.key}`,
      amount: call.amount,
      currency: call.currency,
      expiresAt: null,
      settled: call.operation === 'purchase' || call.operation === 'capture',
      authorizationGone: false,
    };
  }

  override async ask(call: GatewayCall): Promise<GatewayWord> {
    return this.send(call);
  }

  override async facts(cursor: string | null) {
    return { facts: [], cursor };
  }
}
