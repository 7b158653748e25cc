import type { LogPage, Position } from './event-store.js';
import { LogSubscriptions } from './log-subscriptions.js';

const PATIENCE_MS = 2_000;

const at = (place: number): Position => String(place).padStart(32, '0');

describe('subscriptions that share their reads', () => {
  it('tell the end behind a page that was not at it, with nothing new in the log', async () => {
    // Full, and nothing behind it: only the next look shows that it was the end.
    const pages = new Map<Position, LogPage>([
      [at(0), { events: [], position: at(1), atEnd: true }],
      [at(1), { events: [], position: at(3), atEnd: false }],
      [at(3), { events: [], position: at(3), atEnd: true }],
    ]);
    const page = async (after: Position): Promise<LogPage> =>
      pages.get(after) ?? { events: [], position: after, atEnd: true };
    const subscriptions = new LogSubscriptions(
      { page, filteredPage: page },
      { idlePauseMaxMs: 5, onTrouble: undefined },
    );
    const seen: string[] = [];
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for await (const { position, atEnd } of subscriptions.subscribe(at(0), { signal })) {
      seen.push(`${Number(position)} ${atEnd ? 'end' : 'more'}`);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['1 end', '3 more', '3 end']);
  });
});
