import type { LogPage } from '../../libs/event-store/event-store.js';
import { recordedLife } from '../../libs/testing/payment-lives.js';
import { gatheredPages } from './gathered-pages.js';

describe('gathered pages', () => {
  const [event] = recordedLife([['PaymentInitiated']]);

  /** Written as `3` events, `3+` where more comes at once; what came out, and each pause. */
  async function gathered(...given: readonly string[]) {
    const pages = given.map((text, index): LogPage => {
      const events = Array.from({ length: Number.parseInt(text, 10) }, () => event!);
      return { events, position: String(index), atEnd: !text.endsWith('+') };
    });
    const seen: string[] = [];
    const gathering = gatheredPages(
      (async function* () {
        yield* pages;
      })(),
      {
        eventsMax: 5,
        times: { minMs: 60_000, maxMs: 60_000 },
        pause: async (ms) => void seen.push(ms > 0 ? 'pause' : 'none'),
      },
    );
    for await (const { events, position } of gathering) seen.push(`${events.length}@${position}`);
    return seen;
  }

  it('are one where more comes at once', async () => {
    expect(await gathered('2+', '2+', '0')).toEqual(['4@2', 'pause']);
  });

  it('are full at their bound, and then nothing is waited for', async () => {
    expect(await gathered('3+', '3+', '3+', '1')).toEqual(['6@1', '4@3', 'pause']);
  });

  it('are given at once, with a pause after them while the log grows', async () => {
    expect(await gathered('1', '2', '0')).toEqual(['1@0', 'pause', '2@1', 'pause', '0@2']);
  });

  it('gather for longer behind a fuller page', async () => {
    const pauses: number[] = [];
    const pages = ['1', '80'].map((text, index): LogPage => {
      const events = Array.from({ length: Number(text) }, () => event!);
      return { events, position: String(index), atEnd: true };
    });
    const gathering = gatheredPages(
      (async function* () {
        yield* pages;
      })(),
      {
        eventsMax: 500,
        times: { minMs: 100_000, maxMs: 1_000_000 },
        pause: async (ms) => void pauses.push(Math.round(ms / 100_000)),
      },
    );
    for await (const page of gathering) expect(page.atEnd).toBe(true);
    expect(pauses).toEqual([1, 8]);
  });
});
