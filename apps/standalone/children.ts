import { join } from 'node:path';
import type { Environment, Secret } from '../../libs/platform/config.js';
import { localGatewayVariables } from './default-gateways.js';
import { apiUrlOf, type StandaloneConfig } from './standalone.config.js';
import type { ChildPlan } from './supervised-child.js';

/** First who takes orders, then who works on them, then who is asked by both. Postgres comes last. */
export const stopOrder = ['api', 'workers', 'gateway-simulator'] as const;

interface Wiring {
  readonly env: Environment;
  readonly appsFolder: string;
  readonly databaseUrl: Secret;
  /** By the name of the gateway. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** The processes of `npm start` and what each is told. Variables that they know beyond these pass through. */
export function childPlans(config: StandaloneConfig, wiring: Wiring): readonly ChildPlan[] {
  const simulatorUrl = `http://127.0.0.1:${config.simulatorPort}`;
  const local = localGatewayVariables({
    simulatorUrl,
    apiUrl: apiUrlOf(config),
    webhookSecrets: wiring.webhookSecrets,
  });
  const shared = {
    ...defined(wiring.env),
    TILLSTREAM_DATA_DIR: config.dataDir,
    TILLSTREAM_PARENT_PID: String(process.pid),
    MANAGEMENT_PORT: '0',
    DATABASE_URL: wiring.databaseUrl.reveal(),
    ...(config.eventStoreUrl === undefined
      ? {}
      : { EVENTSTORE_URL: config.eventStoreUrl.reveal() }),
    SECRETS_FILE: join(config.dataDir, 'secrets.json'),
    GATEWAYS: wiring.env['GATEWAYS'] || local.gateways,
  };
  const file = (name: string) => join(wiring.appsFolder, name, 'main.js');
  return [
    {
      name: 'gateway-simulator',
      file: file('gateway-simulator'),
      env: {
        ...shared,
        // The simulator has no keys of its own: it stays on this machine whatever the API does.
        HOST: '127.0.0.1',
        GATEWAY_SIMULATOR_PORT: String(config.simulatorPort),
        GATEWAY_SIMULATOR_DATA_DIR: join(config.dataDir, 'gateway-simulator'),
        ...simulatorDefaults(wiring.env, local),
      },
      ownUrl: simulatorUrl,
    },
    {
      name: 'api',
      file: file('api'),
      env: {
        ...shared,
        HOST: config.host,
        PORT: String(config.port),
        BOOTSTRAP_KEYS_FILE: join(config.dataDir, 'keys.json'),
      },
      ownUrl: undefined,
    },
    {
      name: 'workers',
      file: file('workers'),
      env: {
        ...shared,
        SEALS_FILE: wiring.env['SEALS_FILE'] || join(config.dataDir, 'seals.jsonl'),
      },
      ownUrl: undefined,
    },
  ];
}

/**
 * Only where `npm start` names the gateways; whoever sets GATEWAYS configures them as well. Empty counts as not set.
 */
function simulatorDefaults(
  env: Environment,
  local: ReturnType<typeof localGatewayVariables>,
): Record<string, string> {
  if (env['GATEWAYS']) return {};
  return {
    GATEWAY_SIMULATOR_WEBHOOKS: env['GATEWAY_SIMULATOR_WEBHOOKS'] || local.webhooks,
    GATEWAY_SIMULATOR_FAULTS: env['GATEWAY_SIMULATOR_FAULTS'] || local.faults,
  };
}

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
