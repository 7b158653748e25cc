import { SystemClock } from '../platform/clock.js';
import { UnwatchedVitals } from '../gateways/gateway-vitals.js';
import { LiveGateways } from '../gateways/live-gateways.js';
import type { GatewayAnswer, GatewayCall } from '../gateways/payment-gateway.js';
import { initialProfile } from '../gateways/registry/gateway-profile.js';
import { GatewayRegistry } from '../gateways/registry/gateway-registry.js';
import { recompute } from '../gateways/routing/route.js';
import { RoutingRules } from '../gateways/routing/routing-rules.js';
import { routingRulesSchema } from '../gateways/routing/rules.schema.js';
import { upcast } from '../payments/payment.upcasters.js';
import { call, create, house } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';

const BY = { actor: 'operator:key_1', reason: null, correlationId: 'cor-1' };
const PAYMENTS = 60;

/** Declines some: now so that another gateway may help, now so that it may be tried once more. */
function moody(sent: GatewayCall): GatewayAnswer {
  const mood = sent.key.charCodeAt(0) % 3;
  if (mood === 0) return approval(sent);
  const code = mood === 1 ? 'do_not_honor' : 'try_again_later';
  return { outcome: 'declined', code, message: 'not now', authorizationGone: false };
}

async function moodyHouse() {
  const scripted = ['alpha', 'bravo', 'charlie'].map((name) =>
    new ScriptedGateway(name).script(...Array.from({ length: PAYMENTS * 4 }, () => moody)),
  );
  const base = house(scripted);
  const parts = { store: base.store, clock: new SystemClock() };
  const registry = new GatewayRegistry(
    parts,
    scripted.map(({ name }, index) =>
      initialProfile(
        { name, adapter: 'simulator' },
        { cost: [{ currency: 'EUR', fixed: String(10 * index), percent: '1.4' }] },
      ),
    ),
  );
  const rules = new RoutingRules(parts, registry.names());
  const split = [
    { gateway: 'alpha', percent: 50 },
    { gateway: 'bravo', percent: 50 },
  ];
  const small = { id: 'small', when: { amount: { lt: 2000 } }, then: { split } };
  await rules.change(routingRulesSchema.parse({ rules: [small] }), BY);
  const gateways = new LiveGateways(scripted, { registry, rules, vitals: new UnwatchedVitals() });
  return { store: base.store, runner: new PaymentCallRunner({ ...base.ports, gateways }) };
}

describe('the decisions in the events', () => {
  it('give the gateway of each attempt again, from nothing but the stream', async () => {
    const { store, runner } = await moodyHouse();
    const chosen = new Set<string>();
    let attempts = 0;
    for (let number = 0; number < PAYMENTS; number += 1) {
      const paymentId = `pay_${number}`;
      const request = create({ amount: number % 2 === 0 ? 1500n : 2500n });
      await runner.execute(call(request, paymentId, { paymentId }));
      for (const stored of await store.readStream(`payment-${paymentId}`)) {
        const event = upcast(stored);
        if (event.type !== 'PurchaseRequested') continue;
        const { routing, gateway } = event.data;
        expect(recompute(routing, paymentId)?.gateway).toBe(gateway);
        chosen.add(`${gateway} by ${routing.rule?.id ?? 'score'}`);
        attempts += 1;
      }
    }
    expect(attempts).toBeGreaterThan(PAYMENTS);
    expect(chosen).toContain('alpha by small');
    expect(chosen).toContain('bravo by small');
    expect(chosen).toContain('alpha by score');
  });
});
