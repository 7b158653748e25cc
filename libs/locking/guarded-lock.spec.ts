import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../testing/eventually.js';
import { GuardedLock, type GrantedKey, type LockEngine, type LockOutcome } from './guarded-lock.js';

/** Longer than a word of the engine is waited for. */
const LATE_MS = 300;

/** Grants every key, or does as a spec says. */
class ScriptedEngine implements LockEngine {
  readonly asked: string[] = [];
  released = 0;
  closed = 0;
  next: () => Promise<GrantedKey | 'busy'> = () => Promise.resolve(this.grant());
  letGo: () => Promise<void> = () => Promise.resolve();
  connecting: () => Promise<void> = () => Promise.resolve();

  grant(): GrantedKey {
    return {
      release: () => {
        this.released += 1;
        return this.letGo();
      },
    };
  }

  connect(): Promise<void> {
    return this.connecting();
  }

  tryLock(key: string): Promise<GrantedKey | 'busy'> {
    this.asked.push(key);
    return this.next();
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

function guarded() {
  const engine = new ScriptedEngine();
  const outcomes: LockOutcome[] = [];
  const told: unknown[] = [];
  let nowMs = 5_000;
  const lock = new GuardedLock(engine, {
    clock: { monotonicMs: () => nowMs },
    onTrouble: (error) => void told.push(error),
    onOutcome: (outcome) => void outcomes.push(outcome),
  });
  return {
    engine,
    lock,
    outcomes,
    told,
    works: (key = 'k') => lock.withLock(key, async () => 'worked' as const),
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

const away = () => Promise.reject(new Error('away'));

describe('a lock around its engine', () => {
  it('asks for a key once, lets go of it after the work, and counts how it was given', async () => {
    const { engine, lock, outcomes, works } = guarded();
    const inside = await lock.withLock('k', async () => [await works(), engine.released]);
    expect(inside).toEqual(['busy', 0]);
    expect([engine.asked, engine.released]).toEqual([['k'], 1]);
    expect(outcomes).toEqual(['got', 'busy']);
    engine.next = () => Promise.resolve('busy');
    expect(await works()).toBe('busy');
    engine.next = () => Promise.resolve(engine.grant());
    expect([await works(), outcomes]).toEqual(['worked', ['got', 'busy', 'busy', 'got']]);
  });

  it('lets go of what it was given, too, where the work throws', async () => {
    const { engine, lock, works } = guarded();
    const failing = lock.withLock('k', () => Promise.reject(new Error('of the work')));
    await expect(failing).rejects.toThrow('of the work');
    expect([engine.released, await works()]).toEqual([1, 'worked']);
  });

  it('works without where the engine is away, and leaves it alone for a second', async () => {
    const { engine, outcomes, works, later } = guarded();
    engine.next = away;
    expect([await works('one'), await works('two')]).toEqual(['worked', 'worked']);
    later(999);
    await works('three');
    expect([engine.asked, outcomes]).toEqual([['one'], ['away', 'away', 'away']]);
    engine.next = () => Promise.resolve(engine.grant());
    later(1);
    await works('four');
    expect([engine.asked, outcomes.at(-1)]).toEqual([['one', 'four'], 'got']);
  });

  it('tells that it is away at once, then every thirty seconds', async () => {
    const { engine, told, works, later } = guarded();
    engine.next = away;
    await works();
    later(29_999);
    await works();
    expect(told).toHaveLength(1);
    later(1_000);
    await works();
    expect(told).toHaveLength(2);
  });

  it('lets go of a key that was granted too late: nobody holds it', async () => {
    const { engine, works, told } = guarded();
    engine.next = () => pause(LATE_MS, engine.grant());
    expect([await works(), engine.released]).toEqual(['worked', 0]);
    await eventually(() => expect(engine.released).toBe(1));
    expect(told).toMatchObject([{ message: 'the lock gave no word within 250 ms' }]);
  });

  it('takes no harm from an engine that refuses, or fails, too late', async () => {
    const { engine, works, later } = guarded();
    const lates = [
      () => pause(LATE_MS, 'busy' as const),
      () => pause(LATE_MS).then(away),
      () => {
        engine.letGo = away;
        return pause(LATE_MS, engine.grant());
      },
    ];
    for (const late of lates) {
      engine.next = late;
      expect(await works()).toBe('worked');
      later(1_000);
    }
    await eventually(() => expect(engine.released).toBe(1));
  });

  it('gives what the work gave where the engine does not take its key back', async () => {
    const { engine, works, told, later } = guarded();
    engine.letGo = away;
    expect([await works(), told.length]).toEqual(['worked', 1]);
    later(30_000);
    engine.letGo = () => pause(LATE_MS);
    expect([await works(), told.length]).toEqual(['worked', 2]);
  });

  it('starts without an engine that does not connect, and says so', async () => {
    const { engine, lock, told } = guarded();
    await lock.connect();
    expect(told).toEqual([]);
    engine.connecting = away;
    await lock.connect();
    expect(told).toMatchObject([{ message: 'away' }]);
  });

  it('once closed asks nobody, tells nothing, and closes its engine once', async () => {
    const { engine, lock, told, outcomes, works } = guarded();
    await lock.withLock('k', async () => {
      await lock.close();
      engine.letGo = away;
    });
    await lock.close();
    expect([engine.closed, told]).toEqual([1, []]);
    expect([await works(), engine.asked, outcomes]).toEqual(['worked', ['k'], ['got', 'away']]);
  });
});
