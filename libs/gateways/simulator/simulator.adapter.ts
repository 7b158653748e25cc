import { z } from 'zod';
import { WEBHOOK_SECRET_EXPECTED, isWebhookSecret } from '../../platform/webhook-signature.js';
import { commonGatewaySettings, gatewayAdapter } from '../gateway-adapter.js';
import { SimulatorGateway } from './simulator-gateway.js';

export const simulatorAdapter = gatewayAdapter({
  settings: z.strictObject({
    ...commonGatewaySettings,
    adapter: z.literal('simulator'),
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
    /** Signs the webhooks that the gateway sends; without it none is accepted. */
    webhookSecret: z.string().refine(isWebhookSecret, WEBHOOK_SECRET_EXPECTED).optional(),
  }),
  open: ({ name, url, webhookSecret }) =>
    new SimulatorGateway({ name, baseUrl: url, webhookSecret }),
});
