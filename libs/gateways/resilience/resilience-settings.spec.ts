import { z } from 'zod';
import { loadConfig } from '../../platform/config.js';
import { settingsOf as limitsOf } from './gateway-limits.js';
import {
  DEFAULT_RESILIENCE_SETTINGS,
  resilienceSettings,
  resilienceVariables,
} from './resilience-settings.js';

const settingsOf = (env: Record<string, string>) =>
  resilienceSettings(loadConfig(z.object(resilienceVariables), env));

describe('the variables of resilience', () => {
  it('give one gateway a third of the commands in flight, or less', () => {
    expect(DEFAULT_RESILIENCE_SETTINGS.bulkheadMax).toBe(341);
    expect(settingsOf({ COMMANDS_IN_FLIGHT_MAX: '30' }).bulkheadMax).toBe(10);
    expect(settingsOf({ COMMANDS_IN_FLIGHT_MAX: '2' }).bulkheadMax).toBe(1);
    expect(settingsOf({ GATEWAY_BULKHEAD_MAX: '7' }).bulkheadMax).toBe(7);
  });

  it.each([
    [{ COMMANDS_IN_FLIGHT_MAX: '30', GATEWAY_BULKHEAD_MAX: '11' }, 'GATEWAY_BULKHEAD_MAX'],
    [{ BREAKER_FAILURE_RATE: '0' }, 'BREAKER_FAILURE_RATE'],
    [{ BREAKER_FAILURE_RATE: '1.1' }, 'BREAKER_FAILURE_RATE'],
    [{ BREAKER_OPEN_MS: '0' }, 'BREAKER_OPEN_MS'],
    [{ GATEWAY_PROBE_INTERVAL_MS: '1' }, 'GATEWAY_PROBE_INTERVAL_MS'],
  ])('refuse %j with a sentence that names the variable', (env, name) => {
    expect(() => settingsOf(env)).toThrow(name);
  });

  it('may be tightened for one gateway, never widened', () => {
    const all = { ...settingsOf({ GATEWAY_RATE_PER_SECOND: '10' }), timeoutMs: 1_000 };
    const own = { timeoutMs: 500, bulkheadMax: 20, ratePerSecond: 5 };
    expect(limitsOf({ name: 'alpha', ...own }, all)).toEqual({ ...all, ...own });
    expect(limitsOf({ name: 'alpha' }, all)).toEqual(all);
    expect(limitsOf({ name: 'alpha', ratePerSecond: 5 }, DEFAULT_RESILIENCE_SETTINGS)).toEqual({
      ...DEFAULT_RESILIENCE_SETTINGS,
      ratePerSecond: 5,
    });
    for (const wider of [{ timeoutMs: 1_001 }, { bulkheadMax: 342 }, { ratePerSecond: 11 }]) {
      expect(() => limitsOf({ name: 'alpha', ...wider }, all)).toThrow('GATEWAYS (at alpha)');
    }
  });

  it.each(['0.5', '1', '.25', '1.0'])('take %s for a share', (share) => {
    expect(settingsOf({ BREAKER_FAILURE_RATE: share }).breaker.failureRate).toBe(Number(share));
  });
});
