import { z } from 'zod';
import type { PaymentGateway } from './payment-gateway.js';
import { gatewayProfileFields } from './registry/gateway-profile.schema.js';
import { gatewayLimits } from './resilience/gateway-limits.js';

const { enabled, currencies, methods, countries, limits, cost, weight } = gatewayProfileFields;

/** What each gateway has, whatever its adapter; the profile is where it begins, operators change it at run time. */
export const commonGatewaySettings = {
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

/** One kind of gateway: its settings in GATEWAYS, told from others by `adapter`, and how it is opened with them. */
export interface GatewayAdapter<Schema extends z.ZodType> {
  /** The settings of all gateways and its own. */
  readonly settings: Schema;
  readonly open: (settings: z.output<Schema>) => PaymentGateway;
}

/** Infers the settings that `open` gets from their schema. */
export function gatewayAdapter<Schema extends z.ZodType>(
  adapter: GatewayAdapter<Schema>,
): GatewayAdapter<Schema> {
  return adapter;
}
