import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sharedLook } from './shared-look.js';

const FRESH_MS = 20;

describe('a look that is shared', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function counted(look: (nth: number) => Promise<number>) {
    let looks = 0;
    return sharedLook(() => look((looks += 1)), FRESH_MS);
  }

  it('serves all who ask while it lasts, and while it is fresh', async () => {
    const ask = counted(async (nth) => nth);
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(1);
  });

  it('is taken anew once it is no longer fresh, also where it failed', async () => {
    const ask = counted(async (nth) => {
      if (nth === 1) throw new Error('away');
      return nth;
    });
    await expect(ask()).rejects.toThrow('away');
    await jest.advanceTimersByTimeAsync(FRESH_MS);
    expect(await ask()).toBe(2);
  });
});
