import { z } from 'zod';
import { loadConfig, Secret } from '../../libs/platform/config.js';
import { gatewaysVariable } from '../../libs/gateways/gateways-variable.js';
import { gatewaySimulatorVariables } from '../gateway-simulator/config.js';
import { childPlans } from './children.js';
import { LOCAL_GATEWAY_NAMES } from './default-gateways.js';
import { standaloneConfig } from './standalone.config.js';

const NAMES = ['alpha', 'bravo', 'charlie'];
const webhookSecrets = Object.fromEntries(
  LOCAL_GATEWAY_NAMES.map((name) => [name, `whsec_${name.repeat(8)}`]),
);

function plans(env: Record<string, string> = {}) {
  const databaseUrl = new Secret('postgres://127.0.0.1/tillstream');
  const wiring = { env, appsFolder: '/apps', databaseUrl, webhookSecrets };
  const [simulator, api, workers] = childPlans(standaloneConfig(env), wiring);
  return {
    simulator: loadConfig(gatewaySimulatorVariables, simulator?.env ?? {}),
    api: loadConfig(z.object({ GATEWAYS: gatewaysVariable }), api?.env ?? {}),
    workers: loadConfig(z.object({ GATEWAYS: gatewaysVariable }), workers?.env ?? {}),
  };
}

describe('the processes of npm start', () => {
  it('run three simulated gateways of different price, speed and reliability', () => {
    const { api, workers, simulator } = plans();
    expect(api.GATEWAYS.map(({ name }) => name)).toEqual(NAMES);
    expect(workers.GATEWAYS).toEqual(api.GATEWAYS);
    expect(new Set(api.GATEWAYS.map(({ cost }) => JSON.stringify(cost))).size).toBe(3);
    const faults = NAMES.map((name) => simulator.GATEWAY_SIMULATOR_FAULTS?.[name]);
    expect(new Set(faults.map((fault) => fault?.latency_ms)).size).toBe(3);
    expect(new Set(faults.map((fault) => fault?.error_rate)).size).toBe(3);
    expect(faults[0]).toMatchObject({ error_rate: 0 }); // who takes the first payment
    for (const fault of faults) expect(fault).toMatchObject({ hang_rate: 0 });
  });

  it('let each gateway send its webhooks to the API, with a secret that both know', () => {
    const { api, simulator } = plans({ PORT: '3100', HOST: '0.0.0.0' });
    for (const { name, ...gateway } of api.GATEWAYS) {
      expect(simulator.GATEWAY_SIMULATOR_WEBHOOKS?.[name]).toEqual({
        url: `http://127.0.0.1:3100/v1/gateways/${name}/webhooks`,
        secret: webhookSecrets[name],
      });
      expect(gateway).toMatchObject({ webhookSecret: webhookSecrets[name] });
    }
  });

  it('leave the simulator alone where other gateways are named', () => {
    const GATEWAYS = '[{"name":"mine","adapter":"simulator","url":"http://127.0.0.1:9/mine"}]';
    const { api, simulator } = plans({ GATEWAYS });
    expect(api.GATEWAYS.map(({ name }) => name)).toEqual(['mine']);
    expect(simulator.GATEWAY_SIMULATOR_WEBHOOKS).toBeUndefined();
    expect(simulator.GATEWAY_SIMULATOR_FAULTS).toBeUndefined();
  });
});
