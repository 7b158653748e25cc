import { z } from 'zod';
import { jsonVariable } from '../platform/config.js';
import type { GatewayAdapter } from './gateway-adapter.js';
import { GATEWAY_ADAPTERS } from './gateway-adapters.js';
import type { PaymentGateway } from './payment-gateway.js';
import { initialProfile, type GatewayProfile } from './registry/gateway-profile.js';

type Adapters = typeof GATEWAY_ADAPTERS;
type SettingsSchema = Adapters[keyof Adapters]['settings'];

/** A member for every adapter. */
const gateway = z.discriminatedUnion(
  'adapter',
  // reason: a list of members made from a table is no tuple to TypeScript, and the table is not empty
  Object.values(GATEWAY_ADAPTERS).map(({ settings }) => settings) as [SettingsSchema],
);

export type GatewaySettings = z.output<SettingsSchema>;

/** GATEWAYS: a JSON list of `{"name", "adapter", ...}` with what the adapter needs and a first profile; names are unique. */
export const gatewaysVariable = jsonVariable(
  z
    .array(gateway)
    .min(1, 'must name at least one gateway')
    .refine(hasUniqueNames, 'must give every gateway a name of its own'),
);

/** The adapter that the settings name. */
export function openGateway(settings: GatewaySettings): PaymentGateway {
  // reason: `adapter` told which schema these settings came through, and that is the adapter's own
  const adapter = GATEWAY_ADAPTERS[settings.adapter] as unknown as GatewayAdapter<
    z.ZodType<GatewaySettings>
  >;
  return adapter.open(settings);
}

/** What stands of a gateway before any operator changed it. */
export function profileOf(settings: GatewaySettings): GatewayProfile {
  return initialProfile(settings, settings);
}

function hasUniqueNames(gateways: readonly GatewaySettings[]): boolean {
  return new Set(gateways.map(({ name }) => name)).size === gateways.length;
}
