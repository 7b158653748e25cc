import { z } from 'zod';
import { portVariable, urlVariable } from '../../libs/platform/config.js';

export const gatewaySimulatorVariables = z.object({
  GATEWAY_SIMULATOR_PORT: portVariable({ anyFree: true }).default(4010),
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_SIMULATOR_DATA_DIR: z.string().default('.tillstream/gateway-simulator'),
  /** Under which customers' browsers reach it, where that differs from the Host header of calls. */
  GATEWAY_SIMULATOR_PUBLIC_URL: urlVariable('http', 'https').optional(),
});
