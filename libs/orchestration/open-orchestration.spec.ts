import { z } from 'zod';
import { loadConfig } from '../platform/config.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { AwayStore } from '../testing/away-store.js';
import { eventually } from '../testing/eventually.js';
import { call, create, paymentOf } from '../testing/payment-house.js';
import { openOrchestration, orchestrationVariables } from './open-orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';

const BY = { actor: 'operator:key_1', reason: 'maintenance', correlationId: 'cor-1' };
// Nothing listens there, and nothing is sent there.
const alpha = { name: 'alpha', adapter: 'simulator', url: 'http://127.0.0.1:9/alpha' };

async function open(store: AwayStore, metrics = new Metrics('test')) {
  const env = { GATEWAYS: JSON.stringify([{ ...alpha, currencies: ['USD'] }]) };
  const config = loadConfig(z.object(orchestrationVariables), env);
  const logger = createLogger('test', { level: 'silent' });
  return await openOrchestration(config, { store, logger, metrics });
}

async function messageOf(runner: PaymentCallRunner, paymentId: string) {
  const answer = await runner.execute(call(create(), paymentId, { paymentId }));
  return paymentOf(answer).payment.failure?.message;
}

describe('orchestration as configured', () => {
  it('routes by the profile of the environment, then by what operators changed anywhere', async () => {
    const store = new AwayStore();
    const [here, there] = [await open(store), await open(store)];
    try {
      const runner = new PaymentCallRunner(here.ports);
      expect(await messageOf(runner, 'pay_1')).toMatch(/alpha does not take EUR$/);
      await there.registry.change('alpha', { currencies: null, enabled: false }, BY);
      await eventually(() => expect(here.registry.get('alpha')?.enabled).toBe(false));
      expect(await messageOf(runner, 'pay_2')).toMatch(/alpha is disabled$/);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  it('counts what should never happen from 0 on, so that the first time is seen', async () => {
    const metrics = new Metrics('test');
    const opened = await open(new AwayStore(), metrics);
    await opened.close();
    const text = await metrics.registry.metrics();
    for (const series of [
      'payment_alarms_total{kind="money_rule_broken"',
      'risk_sources_away_total{source="service"',
    ]) {
      expect(text).toMatch(new RegExp(`^tillstream_${series}.*} 0$`, 'm'));
    }
  });

  it('opens with what the environment says while the store is away', async () => {
    const store = new AwayStore();
    store.away = true;
    const opened = await open(store);
    await opened.close();
    expect(opened.gateways.describe('alpha')).toMatchObject({
      enabled: true,
      currencies: ['USD'],
      breaker: 'CLOSED',
    });
  });
});
