/** One gateway of `npm start`. Costs are minor units and percent; `weight` is its factor in routing. */
interface LocalGateway {
  readonly name: string;
  readonly fixed: number;
  readonly percent: string;
  readonly latencyMs: number;
  /** Share of calls that it answers with 500 before any effect. */
  readonly errorRate: number;
  readonly weight: number;
}

/**
 * The first is reliable, so that a first payment is a success; more faults are set by calls. The weights let alpha take
 * every payment while it is in service, so that who tries the faults of one gateway knows which; the others stand by.
 */
const LOCAL_GATEWAYS: readonly LocalGateway[] = [
  { name: 'alpha', fixed: 10, percent: '1.0', latencyMs: 0, errorRate: 0, weight: 20 },
  { name: 'bravo', fixed: 20, percent: '1.2', latencyMs: 5, errorRate: 0.001, weight: 4 },
  { name: 'charlie', fixed: 30, percent: '1.4', latencyMs: 20, errorRate: 0.005, weight: 1 },
];
const PRICED_CURRENCIES = ['EUR', 'USD', 'GBP'];

export const LOCAL_GATEWAY_NAMES: readonly string[] = LOCAL_GATEWAYS.map(({ name }) => name);

export interface LocalGatewayWiring {
  readonly simulatorUrl: string;
  readonly apiUrl: string;
  /** By the name of the gateway. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/** Variables of the API and the workers, and of the simulator, for three gateways with books of their own. */
export function localGatewayVariables({
  simulatorUrl,
  apiUrl,
  webhookSecrets,
}: LocalGatewayWiring): {
  readonly gateways: string;
  readonly webhooks: string;
  readonly faults: string;
} {
  const gateways = LOCAL_GATEWAYS.map(({ name, fixed, percent, weight }) => ({
    name,
    adapter: 'simulator',
    url: `${simulatorUrl}/${name}`,
    webhookSecret: webhookSecrets[name],
    weight,
    cost: PRICED_CURRENCIES.map((currency) => ({ currency, fixed, percent })),
  }));
  const webhooks = LOCAL_GATEWAYS.map(({ name }) => [
    name,
    { url: `${apiUrl}/v1/gateways/${name}/webhooks`, secret: webhookSecrets[name] },
  ]);
  const faults = LOCAL_GATEWAYS.map(({ name, latencyMs, errorRate }) => [
    name,
    { latency_ms: latencyMs, error_rate: errorRate },
  ]);
  return {
    gateways: JSON.stringify(gateways),
    webhooks: JSON.stringify(Object.fromEntries(webhooks)),
    faults: JSON.stringify(Object.fromEntries(faults)),
  };
}
