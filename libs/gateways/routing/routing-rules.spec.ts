import { InMemoryEventStore } from '../../event-store/in-memory/in-memory-event-store.js';
import { SystemClock } from '../../platform/clock.js';
import { routingSubject } from '../../testing/routing-subject.js';
import { RoutingRules } from './routing-rules.js';
import { defaultWeights } from './routing-signals.js';
import { routingRulesSchema } from './rules.schema.js';

const BY = { actor: 'operator:key_1', reason: 'a try', correlationId: 'cor-1' };
const WEIGHTS = { success: 1, latency: 0, cost: 0, health: 0 };

function rulesOn(store = new InMemoryEventStore()): RoutingRules {
  return new RoutingRules({ store, clock: new SystemClock() }, ['alpha', 'bravo']);
}

function only(gateway: string, when = {}) {
  return routingRulesSchema.parse({
    rules: [{ id: `only-${gateway}`, when, then: { only: [gateway] } }],
  });
}

describe('versions of routing rules', () => {
  it('begin at 0 with no rules', async () => {
    const rules = rulesOn();
    expect(rules.current()).toEqual({ version: 0, rules: [], weights: defaultWeights() });
    expect(rules.ruleFor(routingSubject())).toBeNull();
    expect((await rules.versions()).map(({ version }) => version)).toEqual([0]);
  });

  it('follow each other, an event each with before and after (I-44)', async () => {
    const store = new InMemoryEventStore();
    const rules = rulesOn(store);
    await rules.change({ ...only('alpha'), weights: WEIGHTS }, BY);
    const second = await rules.change(only('bravo'), BY);
    expect(second).toMatchObject({ outcome: 'changed', rules: { version: 2, weights: WEIGHTS } });
    expect(rules.current()).toMatchObject({ version: 2, ...only('bravo'), weights: WEIGHTS });
    const events = await store.readStream('routing-rules');
    expect(events[1]).toMatchObject({
      type: 'RoutingRulesChanged',
      version: 1,
      data: { reason: 'a try', before: { version: 1 }, after: { version: 2 } },
      metadata: { actor: BY.actor },
    });
    const versions = await rules.versions();
    expect(versions.map(({ version, actor }) => [version, actor])).toEqual([
      [2, BY.actor],
      [1, BY.actor],
      [0, null],
    ]);
  });

  it('are rolled back as a new version with the old content', async () => {
    const store = new InMemoryEventStore();
    const rules = rulesOn(store);
    await rules.change(only('alpha'), BY);
    await rules.change({ ...only('bravo'), weights: WEIGHTS }, BY);
    expect(await rules.rollback(1, BY)).toMatchObject({
      outcome: 'changed',
      rules: { version: 3 },
    });
    expect(rules.current()).toEqual({
      version: 3,
      ...only('alpha'),
      weights: defaultWeights(),
    });
    expect((await store.readStream('routing-rules'))[2]).toMatchObject({
      type: 'RoutingRulesRolledBack',
      data: { to: 1, before: { version: 2 }, after: { version: 3 } },
    });
    expect((await rules.versions())[0]).toMatchObject({ version: 3, rolledBackTo: 1 });
    expect(await rules.rollback(9, BY)).toEqual({ outcome: 'no_such_version' });
    expect(await rules.rollback(0, BY)).toMatchObject({ rules: { version: 4, rules: [] } });
  });

  it('refuse a gateway that is not there, and point at it', async () => {
    const rules = rulesOn();
    const split = [
      { gateway: 'alpha', percent: 50 },
      { gateway: 'zulu', percent: 50 },
    ];
    const input = routingRulesSchema.parse({
      rules: [
        { id: 'a', then: { prefer: ['alpha', 'yankee'] } },
        { id: 'b', then: { split } },
      ],
    });
    expect(await rules.change(input, BY)).toEqual({
      outcome: 'invalid',
      faults: [
        { pointer: '/rules/0/then/prefer/1', detail: 'yankee is no gateway here' },
        { pointer: '/rules/1/then/split/1/gateway', detail: 'zulu is no gateway here' },
      ],
    });
    expect(rules.current().version).toBe(0);
  });

  it('are known to another process once it reads', async () => {
    const store = new InMemoryEventStore();
    const [here, there] = [rulesOn(store), rulesOn(store)];
    await there.change(only('bravo'), BY);
    expect(here.current().version).toBe(0);
    await here.refresh();
    expect(here.current()).toEqual(there.current());
    await here.change(only('alpha'), BY);
    expect(here.current().version).toBe(2);
  });
});

describe('the rule of a payment', () => {
  it('is the first whose conditions hold', async () => {
    const rules = rulesOn();
    await rules.change(
      routingRulesSchema.parse({
        rules: [
          { id: 'usd', when: { currency: 'USD' }, then: { only: ['bravo'] } },
          { id: 'large', when: { amount: { gte: 2000 } }, then: { prefer: ['bravo'] } },
          { id: 'rest', then: { prefer: ['alpha'] } },
        ],
      }),
      BY,
    );
    expect(rules.ruleFor(routingSubject())?.id).toBe('large');
    expect(rules.ruleFor(routingSubject({ amount: 10n }))).toEqual({
      id: 'rest',
      then: { prefer: ['alpha'] },
    });
    expect(rules.ruleFor(routingSubject({ currency: 'USD' }))?.id).toBe('usd');
  });
});
