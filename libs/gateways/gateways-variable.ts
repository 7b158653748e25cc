import { z } from 'zod';
import { jsonVariable, Secret } from '../platform/config.js';
import type { PaymentGateway } from './payment-gateway.js';
import { initialProfile, type GatewayProfile } from './registry/gateway-profile.js';
import { gatewayProfileFields } from './registry/gateway-profile.schema.js';
import { gatewayLimits } from './resilience/gateway-limits.js';
import { SimulatorGateway } from './simulator/simulator-gateway.js';
import { STRIPE_URL, StripeGateway } from './stripe/stripe-gateway.js';

const { enabled, currencies, methods, countries, limits, cost, weight } = gatewayProfileFields;

/** What each gateway has, whatever its adapter; the profile is where it begins, operators change it at run time. */
const common = {
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a lower-case name of 1 to 32'),
  enabled: enabled.optional(),
  currencies: currencies.optional(),
  methods: methods.optional(),
  countries: countries.optional(),
  limits: limits.optional(),
  cost: cost.optional(),
  weight: weight.optional(),
  ...gatewayLimits,
};

const simulator = z.strictObject({
  ...common,
  adapter: z.literal('simulator'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  /** Signs the webhooks that the gateway sends; without it none is accepted. */
  webhookSecret: z.string().min(16, 'must have at least 16 characters').optional(),
});

const secret = (minLength: number) =>
  z
    .string()
    .min(minLength, `must have at least ${minLength} characters`)
    .transform((value) => new Secret(value));

const stripe = z.strictObject({
  ...common,
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
});

/** A member for every adapter. */
const gateway = z.discriminatedUnion('adapter', [simulator, stripe]);

export type GatewaySettings = z.output<typeof gateway>;

/** GATEWAYS: a JSON list of `{"name", "adapter", ...}` with what the adapter needs and a first profile; names are unique. */
export const gatewaysVariable = jsonVariable(
  z
    .array(gateway)
    .min(1, 'must name at least one gateway')
    .refine(hasUniqueNames, 'must give every gateway a name of its own'),
);

/** The adapter that the settings name. */
export function openGateway(settings: GatewaySettings): PaymentGateway {
  switch (settings.adapter) {
    case 'simulator':
      return new SimulatorGateway({
        name: settings.name,
        baseUrl: settings.url,
        webhookSecret: settings.webhookSecret,
      });
    case 'stripe':
      return openStripe(settings);
  }
}

/** What stands of a gateway before any operator changed it. */
export function profileOf(settings: GatewaySettings): GatewayProfile {
  return initialProfile(settings, settings);
}

function hasUniqueNames(gateways: readonly GatewaySettings[]): boolean {
  return new Set(gateways.map(({ name }) => name)).size === gateways.length;
}

function openStripe(settings: z.output<typeof stripe>): PaymentGateway {
  const { name, secretKey, webhookSecret, url, returnUrl } = settings;
  const { multicapture, incrementalAuthorization } = settings;
  return new StripeGateway({
    name,
    secretKey,
    webhookSecret: webhookSecret ?? null,
    baseUrl: url,
    features: { returnUrl: returnUrl ?? null, multicapture, incrementalAuthorization },
  });
}
