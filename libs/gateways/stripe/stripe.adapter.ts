import { z } from 'zod';
import { Secret } from '../../platform/config.js';
import { commonGatewaySettings, gatewayAdapter } from '../gateway-adapter.js';
import { STRIPE_URL, StripeGateway } from './stripe-gateway.js';

const secret = (minLength: number) =>
  z
    .string()
    .min(minLength, `must have at least ${minLength} characters`)
    .transform((value) => new Secret(value));

export const stripeAdapter = gatewayAdapter({
  settings: z.strictObject({
    ...commonGatewaySettings,
    adapter: z.literal('stripe'),
    /** Stripe's secret or restricted key. */
    secretKey: secret(8),
    /** Of the endpoint that Stripe sends webhooks to; without it none is accepted. */
    webhookSecret: secret(8).optional(),
    /** Where Stripe's API is. */
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).default(STRIPE_URL),
    /** Where customers come back to; without it payments that need authentication are declined. */
    returnUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    /** What the account was given by Stripe. */
    multicapture: z.boolean().default(false),
    incrementalAuthorization: z.boolean().default(true),
  }),
  open: ({ name, url, secretKey, webhookSecret = null, returnUrl = null, ...given }) => {
    const { multicapture, incrementalAuthorization } = given;
    const features = { returnUrl, multicapture, incrementalAuthorization };
    return new StripeGateway({ name, secretKey, webhookSecret, baseUrl: url, features });
  },
});
