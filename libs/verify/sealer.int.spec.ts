import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_START } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { eventually } from '../testing/eventually.js';
import { PaymentLog } from '../testing/payment-log.js';
import { Findings } from './finding.js';
import { openSeals, type Seal } from './seal-file.js';
import { sealLog, SEAL_EVENTS_MIN } from './sealer.js';
import { SealedLog } from './seals.js';

const SOON_MS = 5;
const NEVER_MS = 600_000;

describe('sealing a log as it grows', () => {
  let folder: string;
  let file: string;
  let store: InMemoryEventStore;
  let log: PaymentLog;
  let held: boolean;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tillstream-sealer-'));
    file = join(folder, 'seals.jsonl');
    store = new InMemoryEventStore();
    log = new PaymentLog(store);
    held = true;
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** Seals until `done` holds of the seals in the file. */
  async function sealing(
    done: (seals: readonly Seal[]) => void,
    options: { intervalMs?: number; grow?: () => Promise<void> } = {},
  ): Promise<readonly Seal[]> {
    const end = new AbortController();
    const { signal } = end;
    const intervalMs = options.intervalMs ?? SOON_MS;
    const running = sealLog({ store, file, intervalMs, isHeld: () => held, signal });
    await options.grow?.();
    await eventually(async () => done(await seals()));
    end.abort();
    await running;
    return seals();
  }

  async function seals(): Promise<readonly Seal[]> {
    const all: Seal[] = [];
    for await (const seal of await openSeals(file)) all.push(seal);
    return all;
  }

  function sum(all: readonly Seal[]): number {
    return all.reduce((total, { events }) => total + events, 0);
  }

  async function findings(events = async () => (await store.readAll(LOG_START, 10_000)).events) {
    const found = new Findings();
    const sealed = new SealedLog(await store.logId(), await openSeals(file), found);
    await sealed.take(await events());
    return { rest: await sealed.finish(), found: found.list() };
  }

  it('covers each event once, in time, and goes on where another left off', async () => {
    await log.appendMany(0, 4);
    const before = await store.countAfter(LOG_START, 1_000);
    await sealing((all) => expect(sum(all)).toBe(before));
    await sealing((all) => expect(sum(all)).toBeGreaterThan(before), {
      grow: () => log.appendMany(4, 3),
    });
    const all = await seals();
    expect(all.map(({ from }) => from)).toEqual([
      LOG_START,
      ...all.slice(0, -1).map(({ to }) => to),
    ]);
    expect(await findings()).toEqual({ rest: null, found: [] });
  });

  it('closes a seal once it holds enough, whatever the interval', async () => {
    await log.appendMany(0, 400);
    const all = await sealing((some) => expect(some.length).toBeGreaterThan(0), {
      intervalMs: NEVER_MS,
    });
    expect(all[0]?.events).toBeGreaterThanOrEqual(SEAL_EVENTS_MIN);
  });

  it('writes nothing once another process leads', async () => {
    held = false;
    await log.appendMany(0, 2);
    const signal = new AbortController().signal;
    await sealLog({ store, file, intervalMs: SOON_MS, isHeld: () => held, signal });
    expect(await seals()).toEqual([]);
  });

  it('passes over a last line that was cut off, and writes it anew', async () => {
    await log.appendMany(0, 2);
    const [first] = await sealing((all) => expect(all).toHaveLength(1));
    await appendFile(file, JSON.stringify(first).slice(0, 90));
    expect(await seals()).toEqual([first]);
    const all = await sealing((some) => expect(some).toHaveLength(2), {
      grow: () => log.appendMany(2, 1),
    });
    expect(all).toEqual([first, expect.objectContaining({ from: first?.to })]);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
    expect(await findings()).toEqual({ rest: null, found: [] });
  });
});
