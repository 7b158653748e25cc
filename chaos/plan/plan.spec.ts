import { Chance } from './chance.js';
import { faultPlan, type PlannedFault } from './fault-plan.js';
import { story } from './stories.js';

const ALL = { redis: true, eventStoreDb: true };

describe('the plan of a run', () => {
  it('is a function of the seed', () => {
    expect(first(100, 7)).toEqual(first(100, 7));
    expect(first(100, 7)).not.toEqual(first(100, 8));
    expect(story(7, 1, 2)).toEqual(story(7, 1, 2));
    const others = [story(8, 1, 2), story(7, 2, 2), story(7, 1, 3)];
    for (const other of others) expect(other).not.toEqual(story(7, 1, 2));
  });

  it('begins with a kill', () => {
    for (let seed = 0; seed < 20; seed += 1) expect(first(1, seed)[0]?.fault.kind).toBe('kill');
  });

  it('has every kind of fault and every way to break a connection', () => {
    const faults = first(500, 7).map(({ fault }) => fault);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(
      new Set(['kill', 'kill_backend', 'stop', 'link', 'gateway']),
    );
    const ways = faults.flatMap((fault) => (fault.kind === 'link' ? [fault.fault.kind] : []));
    expect(new Set(ways)).toEqual(
      new Set(['delay', 'throttle', 'hold', 'cut', 'half_open', 'reset_after']),
    );
    const killed = faults.flatMap((fault) => (fault.kind === 'kill' ? fault.victims : []));
    expect(new Set(killed).size).toBe(10);
  });

  it('leaves engines alone that are not there', () => {
    const plan = JSON.stringify(first(500, 7, { redis: false, eventStoreDb: false }));
    expect(plan).not.toMatch(/redis|eventstore/);
  });

  it('has every token and every act of a merchant', () => {
    const stories = Array.from({ length: 1_000 }, (_, nth) => story(7, 1, nth));
    expect(new Set(stories.map(({ token }) => token)).size).toBe(13);
    const kinds = stories.flatMap(({ acts }) => acts.map(({ act }) => act.kind));
    expect(new Set(kinds).size).toBe(11);
  });

  it('draws evenly', () => {
    const chance = new Chance(1, 'even');
    const draws = Array.from({ length: 10_000 }, () => chance.from(0, 9));
    for (let face = 0; face < 10; face += 1) {
      const share = draws.filter((draw) => draw === face).length;
      expect(share).toBeGreaterThan(850);
      expect(share).toBeLessThan(1_150);
    }
    expect(new Set(chance.shuffled([1, 2, 3]))).toEqual(new Set([1, 2, 3]));
  });

  function first(count: number, seed: number, engines = ALL): PlannedFault[] {
    const plan = faultPlan(seed, engines);
    return Array.from({ length: count }, () => plan.next().value);
  }
});
