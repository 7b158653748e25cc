import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_START, type RecordedEvent } from '../event-store/event-store.js';
import { PAYMENT_LIVES, recordedLife } from '../testing/payment-lives.js';
import { Findings } from './finding.js';
import { appendSeal, openSeals, SealsUnreadable, type Seal } from './seal-file.js';
import { OpenSeal, SealedLog } from './seals.js';

const EVENTS = recordedLife(PAYMENT_LIVES['refused and declined, retried, failed'] ?? []);

describe('seals of a log', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tillstream-seals-'));
    file = join(folder, 'seals.jsonl');
    // Two seals: of the first three events, and of the next two.
    for (const count of [3, 5]) {
      const { seal } = await held(EVENTS.slice(0, count));
      if (seal === null) throw new Error('there is something to seal');
      await appendSeal(file, seal);
    }
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function held(events: readonly RecordedEvent[], logId = 'log_one') {
    const findings = new Findings();
    const sealed = new SealedLog(logId, await openSeals(file), findings);
    await sealed.take(events);
    return { seal: await sealed.finish(), findings: findings.list() };
  }

  async function seals(): Promise<readonly Seal[]> {
    const all: Seal[] = [];
    for await (const seal of await openSeals(file)) all.push(seal);
    return all;
  }

  it('hold for the log as it was, grown or not, and cover what came behind them', async () => {
    const known = await seals();
    expect(known.map(({ events }) => events)).toEqual([3, 2]);
    expect(await held(EVENTS.slice(0, 5))).toEqual({ seal: null, findings: [] });
    const grown = await held(EVENTS);
    expect(grown.findings).toEqual([]);
    expect(grown.seal).toMatchObject({ from: known[1]?.to, events: EVENTS.length - 5 });
  });

  it('show a removed tail, and which part is missing', async () => {
    const { findings } = await held(EVENTS.slice(0, 4));
    expect(findings).toEqual([
      expect.objectContaining({
        check: 'removed_events',
        position: EVENTS[4]?.position,
        message: expect.stringContaining('1 of its events are gone'),
      }),
    ]);
    expect((await held([])).findings).toHaveLength(2);
  });

  it('show events that are others, also where every hash behind them was made to fit', async () => {
    const rewritten = EVENTS.map((event, index) =>
      index === 1 ? { ...event, metadata: { ...event.metadata, hash: 'another' } } : event,
    );
    const { findings } = await held(rewritten);
    expect(findings.map(({ position }) => position)).toEqual([EVENTS[2]?.position]);
  });

  it('show a line of theirs that was taken out', async () => {
    const [, second] = await seals();
    await writeFile(file, `${JSON.stringify(second)}\n`);
    expect((await held(EVENTS)).findings).toEqual([
      expect.objectContaining({ message: expect.stringContaining('a line of seals is gone') }),
    ]);
  });

  it('are all checked where two writers overlapped, in either order', async () => {
    const [first, second] = await seals();
    if (first === undefined || second === undefined) throw new Error('there are two');
    const whole = new OpenSeal(LOG_START);
    for (const event of EVENTS.slice(0, 5)) whole.add(event);
    const long = whole.close('log_one');
    for (const lines of [
      [first, long],
      [long, first, second],
      [first, second, long],
    ]) {
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      expect(await held(EVENTS.slice(0, 5))).toEqual({ seal: null, findings: [] });
      expect((await held(EVENTS)).seal).toMatchObject({ from: second.to });
    }
    await writeFile(file, `${JSON.stringify(first)}\n${JSON.stringify(long)}\n`);
    expect((await held(EVENTS.slice(0, 4))).findings).toHaveLength(1);
  });

  it('say nothing of another log', async () => {
    expect((await held([], 'log_two')).findings).toEqual([]);
  });

  it('are refused where a line is none', async () => {
    await writeFile(file, '{"log_id":"log_one"}\n');
    await expect(seals()).rejects.toThrow(SealsUnreadable);
    file = join(folder, 'none');
    expect(await seals()).toEqual([]);
  });
});
