import { randomUUID } from 'node:crypto';
import { eventually } from '../testing/eventually.js';
import type { PaymentLock } from './payment-lock.js';

export interface PaymentLockHarness {
  /** Another process's lock on the same engine. */
  open(): Promise<PaymentLock>;
  /** Takes the engine away, and brings it back; null where there is none. */
  readonly engine: { kill(): Promise<void>; revive(): Promise<void> } | null;
  dispose(): Promise<void>;
}

/** What the port promises, for any adapter. */
export function describePaymentLock(
  title: string,
  start: () => Promise<PaymentLockHarness>,
  { excludes }: { readonly excludes: boolean },
): void {
  describe(title, () => {
    let harness: PaymentLockHarness;
    let here: PaymentLock;
    let there: PaymentLock;
    beforeAll(async () => {
      harness = await start();
      [here, there] = [await harness.open(), await harness.open()];
    }, 120_000);
    afterAll(async () => {
      await Promise.all([here?.close(), there?.close()]);
      await harness?.dispose();
    });

    it('gives what the work gives, and throws what it throws', async () => {
      const key = randomUUID();
      expect(await here.withLock(key, async () => 7)).toBe(7);
      const failing = here.withLock(key, () => Promise.reject(new Error('of the work')));
      await expect(failing).rejects.toThrow('of the work');
      expect(await here.withLock(key, async () => 8)).toBe(8);
    });

    it('lets different keys run at once', async () => {
      const both = await held(here, randomUUID(), () =>
        there.withLock(randomUUID(), async () => 1),
      );
      expect(both).toBe(1);
    });

    it('runs without once it is closed', async () => {
      const lock = await harness.open();
      await lock.close();
      await lock.close();
      expect(await lock.withLock(randomUUID(), async () => 1)).toBe(1);
    });

    if (excludes) describeExclusion({ here: () => here, there: () => there });
    else {
      it('keeps nobody out', async () => {
        const key = randomUUID();
        expect(await held(here, key, () => there.withLock(key, async () => 1))).toBe(1);
      });
    }
    if (excludes) describeTrouble(() => ({ harness, here, there }));
  });
}

interface Two {
  readonly here: () => PaymentLock;
  readonly there: () => PaymentLock;
}

function describeExclusion({ here, there }: Two): void {
  it('is busy for the same process and for another one while the work runs', async () => {
    const key = randomUUID();
    const others = await held(here(), key, () =>
      Promise.all([here().withLock(key, unwanted), there().withLock(key, unwanted)]),
    );
    expect(others).toEqual(['busy', 'busy']);
  });

  it('is free for others as soon as the work is over, also where it threw', async () => {
    const key = randomUUID();
    await here().withLock(key, async () => 1);
    expect(await there().withLock(key, async () => 2)).toBe(2);
    await here()
      .withLock(key, () => Promise.reject(new Error('of the work')))
      .catch(() => undefined);
    expect(await there().withLock(key, async () => 3)).toBe(3);
  });

  it('is kept for as long as the work takes', async () => {
    const key = randomUUID();
    const { end, running } = await begin(here(), key);
    // Longer than any lease is without being extended.
    const until = performance.now() + LONGEST_LEASE_MS;
    const seen = await eventually(async () => {
      const answer = await there().withLock(key, async () => 'free' as const);
      if (answer === 'busy' && performance.now() < until) throw new Error('still looking');
      return answer;
    }, LONGEST_LEASE_MS * 2);
    expect(seen).toBe('busy');
    end();
    await running;
  });

  it('lets one of fifty at once have a key', async () => {
    const key = randomUUID();
    const { end, running } = await begin(here(), key);
    await eventually(async () => expect(await there().withLock(key, unwanted)).toBe('busy'));
    const others = Array.from({ length: 50 }, (_, n) =>
      (n % 2 === 0 ? here() : there()).withLock(key, unwanted),
    );
    expect(new Set(await Promise.all(others))).toEqual(new Set(['busy']));
    end();
    await running;
  });
}

function describeTrouble(
  parts: () => { harness: PaymentLockHarness; here: PaymentLock; there: PaymentLock },
): void {
  it('runs the work without while the engine is away, and excludes again once it is back', async () => {
    const { harness, here, there } = parts();
    const key = randomUUID();
    const { end, running } = await begin(here, key);
    await eventually(async () => expect(await there.withLock(key, unwanted)).toBe('busy'));
    await harness.engine?.kill();
    // Nobody can tell that it is held: the work comes first.
    expect(await there.withLock(key, async () => 1)).toBe(1);
    expect(await here.withLock(randomUUID(), async () => 2)).toBe(2);
    end();
    expect(await running).toBe('worked');
    await harness.engine?.revive();
    await eventually(async () => {
      const again = randomUUID();
      const other = await held(here, again, () => there.withLock(again, async () => 'ran'));
      expect(other).toBe('busy');
    });
  }, 60_000);
}

const LONGEST_LEASE_MS = 6_000;

function unwanted(): Promise<never> {
  throw new Error('the work of a busy key was run');
}

/** Runs `meanwhile` while the key is held. */
async function held<T>(
  lock: PaymentLock,
  key: string,
  meanwhile: () => Promise<T>,
): Promise<T | 'busy'> {
  return await lock.withLock(key, meanwhile);
}

/** Resolves once the key is held; `end` lets it go. */
async function begin(lock: PaymentLock, key: string) {
  let end: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    end = resolve;
  });
  let began: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => {
    began = resolve;
  });
  const running = lock.withLock(key, async () => {
    began();
    await gate;
    return 'worked' as const;
  });
  await isHeld;
  return { end, running };
}
