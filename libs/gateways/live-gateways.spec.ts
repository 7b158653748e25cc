import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { SystemClock } from '../platform/clock.js';
import { routingSubject } from '../testing/routing-subject.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import type { Admission } from './gateway-directory.js';
import { UnwatchedVitals } from './gateway-vitals.js';
import { LiveGateways } from './live-gateways.js';
import { initialProfile } from './registry/gateway-profile.js';
import { GatewayRegistry } from './registry/gateway-registry.js';
import { RoutingRules } from './routing/routing-rules.js';
import { routingRulesSchema } from './routing/rules.schema.js';

const BY = { actor: 'operator:key_1', reason: null, correlationId: 'cor-1' };

class Vitals extends UnwatchedVitals {
  readonly closed = new Set<string>();

  override admits(name?: string): Admission {
    if (name === undefined || !this.closed.has(name)) return { admitted: true };
    return { admitted: false, reason: 'has an open breaker', retryAfterS: 7 };
  }
}

/** Takes tokens of its own only. */
class ChoosyGateway extends ScriptedGateway {
  override acceptsToken(token: string): boolean {
    return token.startsWith('choosy_');
  }
}

function house() {
  const parts = { store: new InMemoryEventStore(), clock: new SystemClock() };
  const scripted = [new ScriptedGateway('alpha'), new ChoosyGateway('bravo')];
  const registry = new GatewayRegistry(
    parts,
    scripted.map(({ name }) => initialProfile({ name, adapter: 'simulator' })),
  );
  const rules = new RoutingRules(parts, registry.names());
  const vitals = new Vitals();
  return {
    gateways: new LiveGateways(scripted, { registry, rules, vitals }),
    registry,
    rules,
    vitals,
  };
}

const request = {
  subject: routingSubject(),
  operation: 'purchase',
  gateway: null,
  tried: [],
} as const;

describe('the live gateways', () => {
  it('route by token, profile, breaker and rule as they stand now', async () => {
    const { gateways, registry, rules, vitals } = house();
    const chosen = () => gateways.route(request).gateway?.name;
    expect(chosen()).toBe('alpha');
    const choosy = routingSubject({ paymentMethod: { token: 'choosy_1' } });
    await rules.change(
      routingRulesSchema.parse({ rules: [{ id: 'r', then: { prefer: ['bravo'] } }] }),
      BY,
    );
    expect(gateways.route({ ...request, subject: choosy })).toMatchObject({
      gateway: { name: 'bravo' },
      decision: { by: 'rule', rulesVersion: 1, rule: { id: 'r' } },
    });
    vitals.closed.add('alpha');
    expect(chosen()).toBeUndefined();
    vitals.closed.clear();
    await registry.change('alpha', { enabled: false }, BY);
    expect(chosen()).toBeUndefined();
  });

  it('go on with the payments of a disabled gateway', async () => {
    const { gateways, registry, vitals } = house();
    await registry.change('alpha', { enabled: false }, BY);
    expect(gateways.admits('alpha')).toEqual({ admitted: true });
    vitals.closed.add('alpha');
    expect(gateways.admits('alpha')).toMatchObject({ admitted: false, retryAfterS: 7 });
    expect(gateways.admits('zulu')).toMatchObject({ admitted: false, reason: 'is not configured' });
  });

  it('simulate the choice for a payment that does not exist, always alike', () => {
    const { gateways } = house();
    const { paymentId: _none, ...subject } = routingSubject({
      paymentMethod: { token: 'choosy_1' },
    });
    const decision = gateways.simulate(subject);
    expect(decision.candidates).toHaveLength(2);
    expect(gateways.simulate(subject)).toEqual(decision);
    const chosen = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n].map(
      (amount) => gateways.simulate({ ...subject, amount }).gateway,
    );
    expect(new Set(chosen).size).toBe(2);
  });

  it('describe each with its health, breaker and the reason', async () => {
    const { gateways, registry, vitals } = house();
    vitals.closed.add('alpha');
    await registry.change('bravo', { enabled: false }, BY);
    expect(gateways.describeAll()).toMatchObject([
      { name: 'alpha', enabled: true, breaker: 'CLOSED', reason: 'has an open breaker' },
      { name: 'bravo', enabled: false, health: { score: 1 }, reason: 'is disabled by an operator' },
    ]);
    expect(gateways.describe('alpha')?.weight).toBe(1);
    expect(gateways.describe('zulu')).toBeNull();
  });
});
