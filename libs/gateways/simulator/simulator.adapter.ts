import { z } from 'zod';
import { commonGatewaySettings, gatewayAdapter } from '../gateway-adapter.js';
import { SimulatorGateway } from './simulator-gateway.js';

export const simulatorAdapter = gatewayAdapter({
  settings: z.strictObject({
    ...commonGatewaySettings,
    adapter: z.literal('simulator'),
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
    /** Signs the webhooks that the gateway sends; without it none is accepted. */
    webhookSecret: z.string().min(16, 'must have at least 16 characters').optional(),
  }),
  open: ({ name, url, webhookSecret }) =>
    new SimulatorGateway({ name, baseUrl: url, webhookSecret }),
});
