import { Writable } from 'node:stream';
import { createLogger } from '../../platform/logging.js';
import { Metrics } from '../../platform/metrics.js';
import { eventually } from '../../testing/eventually.js';
import { ScriptedGateway } from '../../testing/scripted-gateway.js';
import { SteppedClock } from '../../testing/stepped-clock.js';
import type { GatewayCall } from '../payment-gateway.js';
import {
  DEFAULT_RESILIENCE_SETTINGS,
  type ResilienceSettings,
} from '../resilience/resilience-settings.js';
import { watchGateways, type WatchedGateways } from './watched-gateways.js';

const TIMEOUT_MS = 1_000;
const PROBE_INTERVAL_MS = 10;

function call(operation: 'purchase' | 'refund', turn: number): GatewayCall {
  const core = { key: `k${turn}`, paymentId: 'pay_1', amount: 100n, currency: 'EUR' };
  if (operation === 'refund') return { ...core, operation, reference: 'r' };
  return { ...core, operation, paymentMethod: { type: 'card', token: 'tok' } };
}

const QUICK_TO_OPEN: ResilienceSettings = {
  ...DEFAULT_RESILIENCE_SETTINGS,
  breaker: {
    ...DEFAULT_RESILIENCE_SETTINGS.breaker,
    consecutiveFailuresMax: 5,
    openMs: 10_000,
  },
};

describe('watched gateways', () => {
  let watched: WatchedGateways | null = null;
  afterEach(() => watched?.close());

  function watch() {
    const clock = new SteppedClock();
    const alpha = new ScriptedGateway('alpha');
    const bravo = new ScriptedGateway('bravo');
    const metrics = new Metrics('spec');
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger('spec', { level: 'info', destination });
    const adapters = [alpha, bravo].map((adapter) => ({
      adapter,
      settings: QUICK_TO_OPEN,
    }));
    const { gateways, vitals } = (watched = watchGateways(adapters, PROBE_INTERVAL_MS, {
      clock,
      logger,
      metrics,
    }));
    const [gateway] = gateways;
    if (gateway === undefined) throw new Error('it was given one');
    const fail = async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        alpha.script({ outcome: 'unknown', message: 'reset' });
        await gateway.send(call('purchase', turn), TIMEOUT_MS);
      }
    };
    return { clock, alpha, bravo, gateway, vitals, metrics, lines, fail };
  }

  it('says of each how it is, and why; of others that they are well', async () => {
    const { clock, vitals, gateway, fail } = watch();
    await gateway.send(call('purchase', 100), TIMEOUT_MS);
    await gateway.send(call('refund', 101), TIMEOUT_MS);
    expect(vitals.stats('alpha', 'EUR', 'card')).toMatchObject({ samples: 1, successes: 1 });
    expect(vitals.health('alpha')).toMatchObject({ samples: 2, score: 1 });
    await fail();
    expect(vitals.stats('alpha', 'EUR', 'card')).toMatchObject({ samples: 1, health: 0 });
    await gateway.send(call('purchase', 102), TIMEOUT_MS); // shed
    clock.step(250); // totals are kept for a moment
    expect(vitals.health('alpha').samples).toBe(7);
    expect(vitals.admits('alpha')).toMatchObject({ admitted: false, retryAfterS: 10 });
    expect(vitals.health('alpha').reason).toMatch(/^the breaker is open: 5 calls in a row failed/);
    expect(vitals.admits('bravo')).toEqual({ admitted: true });
    expect(vitals.stats('nobody', 'EUR', 'card').health).toBe(1);
  });

  it('counts, measures and logs', async () => {
    const { metrics, lines, gateway, fail } = watch();
    await fail();
    await gateway.send(call('purchase', 100), TIMEOUT_MS);
    const text = await metrics.registry.metrics();
    const labels = 'gateway="alpha",operation="purchase"';
    for (const line of [
      'tillstream_gateway_breaker_state{gateway="alpha",process="spec"} 2',
      'tillstream_gateway_breaker_state{gateway="bravo",process="spec"} 0',
      'tillstream_gateway_breaker_changes_total{gateway="alpha",to="OPEN",process="spec"} 1',
      `tillstream_gateway_calls_total{${labels},outcome="unknown",process="spec"} 5`,
      `tillstream_gateway_calls_total{${labels},outcome="shed",process="spec"} 1`,
      `tillstream_gateway_call_duration_seconds_count{process="spec",${labels}} 5`,
    ]) {
      expect(text).toContain(line);
    }
    expect(lines.join('')).toMatch(/"to":"OPEN","reason":"5 calls in a row failed"/);
  });

  it('probes a gateway that is out of service until it is back, and no other', async () => {
    const { clock, alpha, bravo, gateway, vitals, fail } = watch();
    let ofBravo = 0;
    const bravoProbes = () => ofBravo;
    bravo.probe = async () => {
      ofBravo += 1;
      return true;
    };
    let probes = 0;
    let there = false;
    alpha.probe = async () => {
      probes += 1;
      return there;
    };
    await fail();
    await eventually(() => expect(probes).toBeGreaterThan(2));
    expect(bravoProbes()).toBe(0);
    expect(vitals.breaker('alpha').state).toBe('OPEN');
    there = true;
    // Nothing but probes from here on.
    await eventually(() => {
      clock.step(5_000);
      expect(vitals.breaker('alpha').state).toBe('CLOSED');
    });
    const before = probes;
    await gateway.send(call('purchase', 200), TIMEOUT_MS);
    expect(probes - before).toBeLessThan(2);
  });
});
