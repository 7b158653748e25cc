import { z } from 'zod';
import {
  jsonVariable,
  pathVariable,
  portVariable,
  urlVariable,
} from '../../libs/platform/config.js';
import { faultsSchema } from './faults.js';
import { gatewayNameShape, webhookEndpointShape } from './request-shapes.js';

export const gatewaySimulatorVariables = z.object({
  GATEWAY_SIMULATOR_PORT: portVariable({ anyFree: true }).default(4010),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_SIMULATOR_DATA_DIR: pathVariable().default('.tillstream/gateway-simulator'),
  /** Under which customers' browsers reach it, where that differs from the Host header of calls. */
  GATEWAY_SIMULATOR_PUBLIC_URL: urlVariable('http', 'https').optional(),
  /** JSON `{"<gateway>": {"url", "secret"}}`: where gateways send their webhooks. */
  GATEWAY_SIMULATOR_WEBHOOKS: jsonVariable(
    z.record(gatewayNameShape, webhookEndpointShape),
  ).optional(),
  /** JSON `{"<gateway>": {"latency_ms": 5}}`: faults that gateways begin with. */
  GATEWAY_SIMULATOR_FAULTS: jsonVariable(z.record(gatewayNameShape, faultsSchema)).optional(),
});
