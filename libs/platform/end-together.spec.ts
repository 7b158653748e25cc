import { describe, expect, it } from '@jest/globals';
import { endTogether } from './end-together.js';

const ended = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

describe('works that end together', () => {
  it('go on until the signal', async () => {
    const stop = new AbortController();
    let over = false;
    const works = endTogether(stop.signal, (signal) => [ended(signal), ended(signal)]);
    const done = works.then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    stop.abort();
    await done;
  });

  it('end with the first of them', async () => {
    await endTogether(new AbortController().signal, (signal) => [ended(signal), Promise.resolve()]);
  });

  it('end with the one that fails, whose error is told', async () => {
    let other: Promise<void> | undefined;
    const works = endTogether(new AbortController().signal, (signal) => {
      other = ended(signal);
      return [other, Promise.reject(new Error('broke'))];
    });
    await expect(works).rejects.toThrow('broke');
    await other;
  });
});
