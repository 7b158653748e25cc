import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { doctorCommand } from '../cli/doctor.command.js';
import { startVerifier, type Verifier, type VerifierOptions } from './verifier.js';

const STREAM = 'payment-pay_00000003';

describe('verifier', () => {
  let database: TestDatabase;
  let store: EventStore;
  let log: PaymentLog;
  let folder: string;
  let sealsFile: string;
  const started: Verifier[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openEventStore({ databaseUrl: database.url, migrate: 'apply' });
    log = new PaymentLog(store);
    folder = await mkdtemp(join(tmpdir(), 'tillstream-verifier-'));
    sealsFile = join(folder, 'seals.jsonl');
    await log.appendMany(0, 5);
  });

  afterEach(async () => {
    for (const verifier of started.splice(0)) await verifier.close();
  });

  afterAll(async () => {
    await store?.close();
    await rm(folder, { recursive: true });
    await database.dispose();
  });

  async function start(extra: Partial<VerifierOptions> = {}): Promise<Metrics> {
    const metrics = new Metrics('spec');
    const verifier = await startVerifier({
      databaseUrl: database.url,
      migrate: 'apply',
      store,
      books: [],
      intervalS: 0,
      sealsFile,
      sealIntervalMs: 5,
      logger: createLogger('spec', { level: 'silent' }),
      metrics,
      ...extra,
    });
    started.push(verifier);
    return metrics;
  }

  async function shown(metrics: Metrics, name: string): Promise<string | undefined> {
    const all = await metrics.registry.metrics();
    return all.split('\n').find((line) => line.startsWith(`tillstream_${name}`));
  }

  async function sealed(): Promise<readonly { readonly from: string; readonly events: number }[]> {
    const lines = (await readFile(sealsFile, 'utf8')).trimEnd().split('\n');
    // reason: our own lines
    return lines.map((line) => JSON.parse(line) as { from: string; events: number });
  }

  async function doctor(): Promise<{ output: string; failure: string | null }> {
    const output = new PassThrough();
    const written = text(output);
    let failure: string | null = null;
    try {
      await doctorCommand({ DATABASE_URL: database.url, SEALS_FILE: sealsFile }, output)
        .exitOverride()
        .parseAsync([], { from: 'user' });
    } catch (error) {
      failure = error instanceof Error ? error.message : 'no error';
    } finally {
      output.end();
    }
    return { output: await written, failure };
  }

  it('refuses a file of seals that can not be written, by the name of its variable', async () => {
    for (const wrong of [join(folder, 'nowhere', 'seals.jsonl'), folder]) {
      await expect(start({ sealsFile: wrong })).rejects.toThrow('SEALS_FILE must name a file');
    }
  });

  it('lets one of several processes seal, and another go on where it ended', async () => {
    await start();
    await start();
    const count = async () => store.countAfter('0'.repeat(32), 1_000);
    const covered = async () => (await sealed()).reduce((sum, { events }) => sum + events, 0);
    await eventually(async () => expect(await covered()).toBe(await count()));
    await log.appendMany(5, 3);
    await eventually(async () => expect(await covered()).toBe(await count()));
    await started.shift()?.close();
    await log.appendMany(8, 3);
    await eventually(async () => expect(await covered()).toBe(await count()));
    expect(new Set((await sealed()).map(({ from }) => from)).size).toBe((await sealed()).length);
  });

  it('shows that nothing is sealed any more, in the metrics and to the doctor', async () => {
    const broken = join(folder, 'broken.jsonl');
    await writeFile(broken, 'no seal\n');
    const metrics = await start({ sealsFile: broken });
    await eventually(async () =>
      expect(await shown(metrics, 'verifier_stumbles_total{work="seals"')).toMatch(/ [1-9]\d*$/),
    );
    await started.shift()?.close();
    await log.appendMany(11, 1); // long ago by its own time
    expect((await doctor()).output).toMatch(/^FOUND newest seal: nothing was sealed since 20/m);

    await start();
    await eventually(async () => expect((await doctor()).output).toMatch(/^ok {4}newest seal: /m));
  });

  it('verifies on schedule and shows what it found, in the metrics and to the doctor', async () => {
    const healthy = await start({ intervalS: 1 });
    expect(await shown(healthy, 'invariant_violations{check="hash_chain"')).toMatch(/ 0$/);
    await eventually(async () =>
      expect(await shown(healthy, 'last_verification_timestamp_seconds')).toMatch(/ 1\d{9}/),
    );
    const { output, failure } = await doctor();
    expect([failure, output.match(/^ok/gm)?.length]).toEqual([null, 5]);
    expect(output).toMatch(/^ok {4}newest seal: \d+ events to /m);

    await database.query(
      `update event_store.events set data = replace(data, '"amount":"1003"', '"amount":"1002"')
        where stream = $1 and revision = 2`,
      [STREAM],
    );
    await eventually(async () =>
      expect(await shown(healthy, 'invariant_violations{check="hash_chain"')).toMatch(/ 1$/),
    );
    // Shown by every process, also by one that verifies nothing itself.
    expect(await shown(await start(), 'invariant_violations{check="hash_chain"')).toMatch(/ 1$/);
    const sick = await doctor();
    expect(sick.output).toContain(`FOUND last verification: hash_chain: ${STREAM}, revision 2, `);
    expect(sick.failure).toMatch(/findings\.$/);
  });

  it('lets the doctor name at once a gap, and a tail that a seal had', async () => {
    await database.query(`delete from event_store.events where stream = $1 and revision = 1`, [
      STREAM,
    ]);
    const { stream, revision } = (await store.readAll('0'.repeat(32), 1_000)).events.at(-1) ?? {};
    await database.query(`delete from event_store.events where stream = $1 and revision = $2`, [
      stream,
      revision,
    ]);
    const { output } = await doctor();
    expect(output).toContain(`FOUND revisions: ${STREAM} has `);
    expect(output).toMatch(/^FOUND newest seal: the log from .* is not what was sealed$/m);
  });
});
