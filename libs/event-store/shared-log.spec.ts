import type { LogPage, Position, RecordedEvent } from './event-store.js';
import { SHARED_PAGE_MAX, SharedLog } from './shared-log.js';

const EVENTS = 10 * SHARED_PAGE_MAX;
const SMALL_PAGES = 12;

const at = (place: number): Position => String(place).padStart(32, '0');

/** A page of a log that has `EVENTS` events. */
async function page(after: Position, limit: number): Promise<LogPage> {
  const first = Number(after) + 1;
  const last = Math.min(first + limit - 1, EVENTS);
  const events = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => ({ position: at(first + index) }) as RecordedEvent, // reason: no other field is looked at
  );
  return { events, position: events.at(-1)?.position ?? after, atEnd: last === EVENTS };
}

describe('the shared read of a log that grows', () => {
  it('lets a reader that is behind go on at once while those at the end let events gather', async () => {
    const log = new SharedLog(page, 5);
    await log.next(at(EVENTS - 1), 1);

    const order: string[] = [];
    const atTheEnd = log.next(at(EVENTS), 1).then(() => order.push('at the end'));
    const behind = log.next(at(0), SHARED_PAGE_MAX).then(() => order.push('behind'));
    await Promise.all([atTheEnd, behind]);

    expect(order).toEqual(['behind', 'at the end']);
  });

  it('serves a reader that paused from what others read meanwhile, in however small pages', async () => {
    let reads = 0;
    const log = new SharedLog(async (after) => {
      reads += 1;
      return await page(after, 1);
    }, 5);
    const readOn = async () => {
      for (let place = 0; place < SMALL_PAGES; place += 1) await log.next(at(place), 1);
    };

    await readOn();
    await readOn();
    expect(reads).toBe(SMALL_PAGES);
  });
});
