import { PaymentLock } from '../locking/payment-lock.js';
import { SYSTEM_CHANCE } from '../platform/chance.js';
import { YieldingLock } from './yielding-lock.js';

/** Somebody holds these keys. */
class HeldKeys extends PaymentLock {
  readonly held = new Set<string>();

  override async withLock<T>(key: string, work: () => Promise<T>): Promise<T | 'busy'> {
    return this.held.has(key) ? 'busy' : await work();
  }

  override async close(): Promise<void> {}
}

function yielding() {
  const keys = new HeldKeys();
  const lock = new YieldingLock(keys, SYSTEM_CHANCE);
  const ran = async (key = 'pay_1', impatient = false) =>
    (await lock.run(key, impatient, async () => 'worked')).ran;
  return { held: keys.held, lock, ran };
}

describe('the processor on a payment that somebody holds', () => {
  it('lets the holder go first three times, with a short pause each', async () => {
    const { held, lock, ran } = yielding();
    held.add('pay_1');
    const first = await lock.run('pay_1', false, async () => 'worked');
    expect(first).toEqual({ ran: false, againAfterMs: expect.any(Number) });
    if (first.ran) throw new Error('it ran');
    expect(first.againAfterMs).toBeGreaterThan(0);
    expect(first.againAfterMs).toBeLessThanOrEqual(1_000);
    expect([await ran(), await ran(), await ran()]).toEqual([false, false, true]);
  });

  it('begins to count anew once it worked, with the lock or without', async () => {
    const { held, ran } = yielding();
    held.add('pay_1');
    expect([await ran(), await ran(), await ran(), await ran()]).toContain(true);
    expect([await ran(), await ran()]).toEqual([false, false]);
    held.delete('pay_1');
    expect(await ran()).toBe(true);
    held.add('pay_1');
    expect([await ran(), await ran(), await ran()]).toEqual([false, false, false]);
  });

  it('gets at each of two that hang', async () => {
    const { held, ran } = yielding();
    for (const key of ['pay_1', 'pay_2']) held.add(key);
    const worked: boolean[] = [];
    for (let looks = 0; looks < 4; looks += 1) worked.push(await ran('pay_1'), await ran('pay_2'));
    expect(worked).toEqual([...Array.from({ length: 6 }, () => false), true, true]);
  });

  it('does not wait where the holder was waited for already', async () => {
    const { held, lock } = yielding();
    held.add('pay_1');
    const done = await lock.run('pay_1', true, async () => 'worked');
    expect(done).toEqual({ ran: true, value: 'worked' });
  });

  it('counts for each payment, and forgets them all rather than grow without end', async () => {
    const { held, ran } = yielding();
    const keys = Array.from({ length: 10_000 }, (_, n) => `pay_${n}`);
    for (const key of [...keys, 'one more']) held.add(key);
    for (let yields = 0; yields < 3; yields += 1) {
      const worked = await Promise.all(keys.map((key) => ran(key)));
      expect(worked).not.toContain(true);
    }
    expect(await ran('one more')).toBe(false);
    expect(await ran('pay_0')).toBe(false);
  });
});
