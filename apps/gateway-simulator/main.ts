import { ConfigError, loadConfig } from '../../libs/platform/config.js';
import { listenFault } from '../../libs/platform/listen-fault.js';
import { runProcess } from '../../libs/platform/run-process.js';
import { gatewaySimulatorVariables } from './config.js';
import { startGatewaySimulator } from './server.js';

await runProcess(
  'gateway-simulator',
  async ({ env, logger }) => {
    const config = loadConfig(gatewaySimulatorVariables, env);
    const starting = startGatewaySimulator({
      port: config.GATEWAY_SIMULATOR_PORT,
      host: config.HOST,
      dataDir: config.GATEWAY_SIMULATOR_DATA_DIR,
      publicUrl: config.GATEWAY_SIMULATOR_PUBLIC_URL?.replace(/\/+$/, ''),
      webhooks: config.GATEWAY_SIMULATOR_WEBHOOKS,
      faults: config.GATEWAY_SIMULATOR_FAULTS,
      onFailure: (error) => {
        logger.fatal({ err: error }, 'the books can not be written');
        process.exit(1);
      },
    });
    const server = await starting.catch((error: unknown) => {
      throw isFolderFault(error)
        ? new ConfigError([
            'GATEWAY_SIMULATOR_DATA_DIR must be a folder that this process may write to.',
          ])
        : listenFault(error, { port: 'GATEWAY_SIMULATOR_PORT', host: 'HOST' });
    });
    logger.info({ url: server.url, dataDir: config.GATEWAY_SIMULATOR_DATA_DIR }, 'listening');
    return server;
  },
  process.env,
);

/** The books could not be opened. */
function isFolderFault(error: unknown): boolean {
  const calls = ['mkdir', 'open'];
  return error instanceof Error && 'syscall' in error && calls.includes(String(error.syscall));
}
