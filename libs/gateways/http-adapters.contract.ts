import { Secret } from '../platform/secret.js';
import type { PaymentGateway } from './payment-gateway.js';
import { SimulatorGateway } from './simulator/simulator-gateway.js';
import { StripeGateway } from './stripe/stripe-gateway.js';

type OpenAdapter = (url: string) => PaymentGateway & { close(): Promise<void> };

/** Every adapter that speaks HTTP, by its name and how it is opened on a server of the specs. */
export const HTTP_ADAPTERS: readonly (readonly [name: string, open: OpenAdapter])[] = [
  ['simulator', (baseUrl) => new SimulatorGateway({ name: 'alpha', baseUrl })],
  [
    'stripe',
    (baseUrl) =>
      new StripeGateway({
        name: 'stripe',
        secretKey: new Secret('sk_test_0123456789'),
        webhookSecret: null,
        baseUrl,
        features: { returnUrl: null, multicapture: false, incrementalAuthorization: true },
      }),
  ],
];
