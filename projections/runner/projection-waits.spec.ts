import { jest } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import type { Position } from '../../libs/event-store/event-store.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { ProjectionWaits } from './projection-waits.js';

const at = (place: number): Position => String(place).padStart(32, '0');
const NEVER = new Promise<never>(() => undefined);

describe('many that wait for a read model', () => {
  let place: number;
  let looks: number;
  let answer: () => Promise<unknown>;
  let counts: number;
  let waits: ProjectionWaits;
  beforeEach(() => {
    place = 0;
    looks = 0;
    counts = 0;
    answer = () => Promise.resolve();
    const query = async () => {
      looks += 1;
      await answer();
      return { rows: [{ position: at(place) }] };
    };
    const store = new InMemoryEventStore();
    store.countAfter = async () => ++counts;
    // reason: of a pool only its queries are used, of a result the rows
    waits = new ProjectionWaits({ pool: { query } as unknown as Queryable, store });
  });
  const wait = (wanted: number, maxWaitMs = 10_000) =>
    waits.waitFor('history', { position: at(wanted), maxWaitMs });

  it('share their looks, and each goes on when its own position is there', async () => {
    const early = Array.from({ length: 200 }, () => wait(1));
    const late = Array.from({ length: 200 }, () => wait(2));
    await pause(100);
    place = 1;
    expect(new Set((await Promise.all(early)).map(({ kind }) => kind))).toEqual(new Set(['ok']));
    place = 2;
    await Promise.all(late);
    // One in 10 ms, whatever the machine does beside.
    expect(looks).toBeLessThan(30);
  });

  it('are told how far it is behind when their time is over, from one count', async () => {
    // Of one instant, on a machine that is held up as well: who asks later is told later, from a count of its own.
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    const asked = Array.from({ length: 50 }, () => wait(1, 30));
    now.mockRestore();
    const told = await Promise.all(asked);
    expect(told).toEqual(told.map(() => ({ kind: 'behind', lagEvents: 1 })));
    expect(counts).toBe(1);
    place = 1;
    expect(await wait(1)).toEqual({ kind: 'ok' });
  });

  it('go on with the next look where one hangs', async () => {
    answer = () => (looks === 1 ? NEVER : Promise.resolve());
    place = 1;
    expect(await wait(1)).toEqual({ kind: 'ok' });
    expect(looks).toBe(2);
  });

  it('take the answer of a look that comes late', async () => {
    answer = () => pause(400);
    place = 1;
    expect(await wait(1)).toEqual({ kind: 'ok' });
  });

  it('are told that nobody answers where every look hangs', async () => {
    answer = () => NEVER;
    await expect(wait(1, 100)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('hear of a failure, and the next one asks anew', async () => {
    answer = () => Promise.reject(new Error('gone'));
    const told = await Promise.allSettled([wait(1), wait(2)]);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    answer = () => Promise.resolve();
    place = 3;
    expect(await wait(3)).toEqual({ kind: 'ok' });
  });
});
