import { Secret } from '../../platform/secret.js';
import { PEER_SECRET_KEY, startStripePeer } from '../../testing/stripe-peer/stripe-peer.js';
import type { GatewayUnderTest } from '../gateway-calls.contract.js';
import { describePaymentGateway } from '../payment-gateway.contract.js';
import { StripeGateway } from './stripe-gateway.js';

describePaymentGateway('Stripe, as a server with its shapes plays it', openPeer);

async function openPeer(): Promise<GatewayUnderTest> {
  const peer = await startStripePeer();
  const gateway = new StripeGateway({
    name: 'stripe',
    secretKey: new Secret(PEER_SECRET_KEY),
    webhookSecret: null,
    baseUrl: peer.url,
    features: {
      returnUrl: 'https://shop.example/return',
      multicapture: true,
      incrementalAuthorization: true,
    },
  });
  const { books } = peer;
  return {
    gateway,
    tokens: {
      approve: 'pm_card_visa',
      decline: {
        token: 'pm_card_visa_chargeDeclinedInsufficientFunds',
        code: 'insufficient_funds',
      },
      actionRequired: 'pm_card_authenticationRequired',
      timeoutAfterEffect: 'pm_card_timeoutAfterEffect',
      timeoutBeforeEffect: 'pm_card_timeoutBeforeEffect',
    },
    settlesAtOnce: false,
    amountMax: 99_999_999n,
    act: async (redirectUrl, result) => {
      books.authenticate(redirectUrl.split('/').at(-1) ?? '', result);
      await Promise.resolve();
    },
    settleAfter: async (delayMs) => {
      books.settleAfterMs = delayMs;
      await Promise.resolve();
    },
    authorizeFor: async (ttlMs) => {
      books.authorizeForMs = ttlMs;
      await Promise.resolve();
    },
    refundsSettleAfter: async (delayMs) => {
      books.refundsSettleAfterMs = delayMs;
      await Promise.resolve();
    },
    close: async () => {
      await gateway.close();
      await peer.close();
    },
  };
}
