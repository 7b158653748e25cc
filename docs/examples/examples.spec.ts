import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { recompute, route } from '../../libs/gateways/routing/route.js';
import { defaultWeights, ROUTING_SIGNALS } from '../../libs/gateways/routing/routing-signals.js';
import { initialProfile } from '../../libs/gateways/registry/gateway-profile.js';
import { toldOf } from '../../libs/orchestration/hooks/after-subjects.js';
import { PaymentHooks } from '../../libs/orchestration/hooks/payment-hooks.js';
import { PaymentCallRunner } from '../../libs/orchestration/payment-call-runner.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { RuleAssessor } from '../../libs/risk/rule-assessor.js';
import { RISK_RULE_KINDS, riskRulesSchema } from '../../libs/risk/rules.js';
import { orchestrationOf } from '../../libs/testing/orchestration-parts.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../../libs/testing/payment-house.js';
import { riskSubject } from '../../libs/testing/risk-subject.js';
import { routingSubject } from '../../libs/testing/routing-subject.js';
import { ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { homeCountrySignal } from './home-country.signal.js';
import { countCaptures, largeRefundsByOperators } from './large-refunds.hook.js';
import { roundAmount } from './round-amount.rule.js';
import { tillRollAdapter } from './till-roll.adapter.js';

const quiet = { timeoutMs: 500, logger: { warn: () => undefined } };

describe('the examples of docs/extending.md', () => {
  it.each(['till-roll.adapter', 'round-amount.rule', 'home-country.signal', 'large-refunds.hook'])(
    '%s stands there as it is here',
    (name) => {
      const page = readFileSync(join(import.meta.dirname, '..', 'extending.md'), 'utf8');
      const example = readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8');
      expect(page).toContain(`\`\`\`ts\n${example.replaceAll('../../libs/', '')}\`\`\``);
    },
  );

  it('a gateway: takes a payment from its settings on', async () => {
    const settings = { name: 'roll', adapter: 'till-roll', tokenPrefix: 'tok_' };
    const gateway = tillRollAdapter.open(tillRollAdapter.settings.parse(settings));
    const { ports } = orchestrationOf(new InMemoryEventStore(), [gateway]);
    const runner = new PaymentCallRunner(ports);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.payment).toMatchObject({ status: 'COMPLETED', gateway: 'roll' });
    const foreign = { ...create(), paymentMethod: { ...CARD, token: 'pm_1' } };
    const other = await runner.execute(call(foreign, 'k2', { paymentId: 'pay_2' }));
    expect(paymentOf(other).payment.failure?.code).toBe('no_gateway_available');
  });

  it('a risk rule: judges as any other, once it is registered', async () => {
    const entry = { rule: 'round_amount', multiple_of: 10_000, action: 'score', score: 20 };
    expect(riskRulesSchema().safeParse([entry]).success).toBe(false);
    const rules = riskRulesSchema([...RISK_RULE_KINDS, roundAmount]).parse([entry]);
    const assessor = new RuleAssessor(rules, {
      velocity: null,
      service: null,
      away: { velocity: 'approve', service: 'approve' },
      trouble: () => undefined,
    });
    expect(await assessor.assess(riskSubject({ amount: 30_000n }))).toEqual({
      verdict: 'approve',
      score: 20,
      reasons: ['round_amount: 30000 is a multiple of 10000'],
    });
    expect((await assessor.assess(riskSubject({ amount: 30_001n }))).score).toBe(0);
  });

  it('a risk rule: says what is wrong with its settings as any other', () => {
    const schema = riskRulesSchema([roundAmount]);
    const faults = schema.safeParse([{ rule: 'round_amount', multiple_of: 0 }]).error?.issues;
    expect(faults?.map(({ message, path }) => [path.join('.'), message])).toEqual([
      ['0.multiple_of', 'must be above 0'],
    ]);
  });

  it('a routing signal: is weighed beside the others, and its input is kept', () => {
    const signals = [...ROUTING_SIGNALS, homeCountrySignal];
    const { gateway, decision } = route({
      request: {
        subject: routingSubject(),
        operation: 'purchase',
        gateway: null,
        tried: [],
      },
      candidates: ['alpha', 'bravo'].map((name) => ({
        profile: {
          ...initialProfile({ name, adapter: 'simulator' }),
          countries: name === 'bravo' ? ['DE'] : null,
        },
        acceptsToken: true,
        admission: { admitted: true },
        stats: { samples: 0, successes: 0, latencyP50Ms: null, latencyP95Ms: null, health: 1 },
      })),
      signals,
      weights: defaultWeights(signals),
      rulesVersion: 0,
      rule: null,
    });
    expect(gateway).toBe('bravo');
    expect(decision.scored?.inputs['home_country']).toEqual([0, 1]);
    const again = recompute(decision, routingSubject().paymentId, signals);
    expect(again?.scores['home_country']).toEqual([0, 1]);
  });

  it('hooks: one vetoes a refund before it begins, one is told of captures', async () => {
    const hooks = [largeRefundsByOperators(1_000n)];
    const { runner, store } = house([new ScriptedGateway('alpha')], {}, { hooks });
    await runner.execute(call(create(), 'k1'));
    const refund = { command: 'refund', amount: null, reason: null } as const;
    expect(await runner.execute(call(refund, 'k2'))).toMatchObject({ code: 'HOOK_VETOED' });
    const operator = { tenant: null, actor: 'operator:key_1' };
    const given = await runner.execute(call(refund, 'k3', operator));
    expect(paymentOf(given).payment.status).toBe('REFUNDED');

    const seen = new Map<string, bigint>();
    const told = new PaymentHooks([countCaptures(seen)], quiet);
    const events = await store.readStream(paymentStream(PAYMENT_ID));
    for (const { operation, subject } of [...events, ...events].flatMap(toldOf)) {
      await told.tell(operation, subject);
    }
    expect([...seen.values()]).toEqual([2500n]);
  });
});

const CARD = { type: 'card', token: '', network: null, country: null, last4: null } as const;
