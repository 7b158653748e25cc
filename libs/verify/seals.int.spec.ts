import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '../event-store/event-store.js';
import { PAYMENT_LIVES, recordedLife } from '../testing/payment-lives.js';
import { Findings } from './finding.js';
import { appendSeal, readSeals, SealedLog, SealsUnreadable, type Seal } from './seals.js';

const EVENTS = recordedLife(PAYMENT_LIVES['refused and declined, retried, failed'] ?? []);

describe('seals of a log', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tillstream-seals-'));
    file = join(folder, 'seals.jsonl');
    // Two seals: of the first three events, and of the next two.
    for (const count of [3, 5]) {
      const { seal } = held(EVENTS.slice(0, count), await readSeals(file));
      if (seal === null) throw new Error('there is something to seal');
      await appendSeal(file, seal);
    }
  });

  afterEach(() => rm(folder, { recursive: true }));

  function held(events: readonly RecordedEvent[], seals: readonly Seal[], logId = 'log_one') {
    const findings = new Findings();
    const sealed = new SealedLog(logId, seals, findings);
    for (const event of events) sealed.take(event);
    return { seal: sealed.finish(), findings: findings.list() };
  }

  it('hold for the log as it was, grown or not, and cover what came behind them', async () => {
    const seals = await readSeals(file);
    expect(seals.map(({ events }) => events)).toEqual([3, 2]);
    expect(held(EVENTS.slice(0, 5), seals)).toEqual({ seal: null, findings: [] });
    const grown = held(EVENTS, seals);
    expect(grown.findings).toEqual([]);
    expect(grown.seal).toMatchObject({ from: seals[1]?.to, events: EVENTS.length - 5 });
  });

  it('show a removed tail, and which part is missing', async () => {
    const { findings } = held(EVENTS.slice(0, 4), await readSeals(file));
    expect(findings).toEqual([
      expect.objectContaining({
        check: 'removed_events',
        position: EVENTS[4]?.position,
        message: expect.stringContaining('1 of its events are gone'),
      }),
    ]);
    expect(held([], await readSeals(file)).findings).toHaveLength(2);
  });

  it('show events that are others, also where every hash behind them was made to fit', async () => {
    const rewritten = EVENTS.map((event, index) =>
      index === 1 ? { ...event, metadata: { ...event.metadata, hash: 'another' } } : event,
    );
    const { findings } = held(rewritten, await readSeals(file));
    expect(findings.map(({ position }) => position)).toEqual([EVENTS[2]?.position]);
  });

  it('say nothing of another log', async () => {
    expect(held([], await readSeals(file), 'log_two').findings).toEqual([]);
  });

  it('are refused where a line is none', async () => {
    await writeFile(file, '{"log_id":"log_one"}\n');
    await expect(readSeals(file)).rejects.toThrow(SealsUnreadable);
    expect(await readSeals(join(folder, 'none'))).toEqual([]);
  });
});
