import { z } from 'zod';
import { jsonVariable } from '../platform/config.js';
import { ConfiguredGateways, type GatewayDirectory } from './gateway-directory.js';
import type { PaymentGateway } from './payment-gateway.js';
import { SimulatorGateway } from './simulator/simulator-gateway.js';

const gateway = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a lower-case name of 1 to 32'),
  adapter: z.literal('simulator'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
});

export type GatewaySettings = z.output<typeof gateway>;

/** GATEWAYS: a JSON list of `{"name", "adapter": "simulator", "url"}`; names are unique. */
export const gatewaysVariable = jsonVariable(
  z
    .array(gateway)
    .min(1, 'must name at least one gateway')
    .refine(hasUniqueNames, 'must give every gateway a name of its own'),
);

export function openGateways(settings: readonly GatewaySettings[]): GatewayDirectory {
  return new ConfiguredGateways(settings.map(openGateway));
}

function openGateway(settings: GatewaySettings): PaymentGateway {
  switch (settings.adapter) {
    case 'simulator':
      return new SimulatorGateway({ name: settings.name, baseUrl: settings.url });
  }
}

function hasUniqueNames(gateways: readonly GatewaySettings[]): boolean {
  return new Set(gateways.map(({ name }) => name)).size === gateways.length;
}
