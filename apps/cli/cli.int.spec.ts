import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { eventually } from '../../libs/testing/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { PROJECTIONS } from '../../projections/registry.js';
import { assertSameLog, ensureFirstVersion } from '../../projections/runner/catalog.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { doctorCommand } from './doctor.command.js';
import { eventsCommand } from './events.command.js';
import { CommandFailed } from './installation.js';
import { keysCommand } from './keys.command.js';
import { projectionsCommand } from './projections.command.js';
import type { Output } from './output.js';

describe('tillstream', () => {
  let database: TestDatabase;
  let store: EventStore;
  let dataDir: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'tillstream-cli-'));
    await writeFile(
      join(dataDir, 'runtime.json'),
      JSON.stringify({ database_url: database.url, eventstore_url: null }),
    );
  });

  afterAll(async () => {
    await store?.close();
    await rm(dataDir, { recursive: true });
    await database.dispose();
  });

  async function run(
    make: (env: Record<string, string>, output: Output) => Command,
    ...words: string[]
  ): Promise<string> {
    const output = new PassThrough();
    const written = text(output);
    try {
      await make({ TILLSTREAM_DATA_DIR: dataDir }, output)
        .exitOverride()
        .parseAsync(words, { from: 'user' });
    } finally {
      output.end();
    }
    return written;
  }

  it('says of a database on which nothing has run that nothing has', async () => {
    await expect(run(doctorCommand)).rejects.toThrow(/a process of this release applies that/);
    await expect(run(doctorCommand, '--adopt')).rejects.toThrow(/is not in the database yet/);
  });

  it('makes the first key of an empty store, shown once', async () => {
    const shown = await run(keysCommand, 'create', '--role', 'admin');
    expect(shown).toMatch(/^tsk_\S+\n$/);
    await expect(run(keysCommand, 'create', '--role', 'merchant')).rejects.toThrow(CommandFailed);
    store = await openEventStore({ databaseUrl: database.url, migrate: 'check' });
    const { events } = await store.readAll('0'.repeat(32), 10);
    expect(events.map(({ type }) => type)).toEqual(['ApiKeyCreated']);
    expect(JSON.stringify(events)).not.toContain(shown.trim().split('_').at(-1));
  });

  it.each<[string, RegExp, ...string[]]>([
    ['no name of a merchant', /--merchant-id must be mer_/, '--merchant-id', ''],
    ['one that is none of ours', /--merchant-id must be mer_/, '--merchant-id', 'the shop'],
    ['one that is a card', /card number/, '--merchant-id', 'mer_4111111111111111'],
    ['a name without end', /--name must have/, '--merchant-id', 'mer_a', '--name', 'n'.repeat(101)],
    ['a name that is a card', /card/, '--merchant-id', 'mer_a', '--name', '4111 1111 1111 1111'],
    ['a merchant of an operator', /any other key/, '--merchant-id', 'mer_a', '--role', 'operator'],
  ])('makes no key for %s', async (_what, fault, ...words) => {
    const making = run(keysCommand, 'create', '--role', 'merchant', ...words);
    await expect(making).rejects.toThrow(fault);
    await expect(making).rejects.toThrow(CommandFailed);
  });

  it('builds nothing where no workers have run', async () => {
    const built = run(projectionsCommand, 'rebuild', 'reviews');
    await expect(built).rejects.toThrow(/is not in the database yet/);
  });

  it('builds a read model anew and says where each stands', async () => {
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
    }
    await new PaymentLog(store).appendMany(0, 5);
    const head = await store.head();
    await pool.query('update projection_versions set position = $1', [head]);
    // Against an empty live version: other rows, so readers keep it.
    await expect(run(projectionsCommand, 'rebuild', 'payment-history')).rejects.toThrow(
      /readers keep the old one/,
    );
    const built = await run(
      projectionsCommand,
      'rebuild',
      'payment_history',
      '--accept-differences',
    );
    expect(built).toContain('payment_history_v2: 5 rows, the live version has 0');
    expect(built).toContain('payment-history: readers now see version 2.');
    expect(await run(projectionsCommand, 'list')).toMatch(/payment-history +stopped +2 +0 +0\.0/);
    await pool.end();
  });

  it('refuses a read model that is not there, with the names of those that are', async () => {
    await expect(run(projectionsCommand, 'rebuild', 'nope')).rejects.toThrow(/payment-history/);
  });

  it('lists the log as it is stored', async () => {
    const lines = (await run(eventsCommand, 'list', '--limit', '2')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'ApiKeyCreated',
      'PaymentInitiated',
    ]);
    const { position } = JSON.parse(lines[0] ?? '') as { position: string };
    const next = await run(eventsCommand, 'list', '--after', position, '--limit', '1');
    expect(next.trim()).toBe(lines[1]);
  });

  it('adopts a restored copy: the log has a new id, and the read models go with it', async () => {
    const before = await store.logId();
    const said = await run(doctorCommand, '--adopt');
    expect(said).toMatch(/^Adopted: this log is now log_[0-9a-f]{12}\.\n/);
    await eventually(async () => {
      const reopened = await openEventStore({ databaseUrl: database.url, migrate: 'check' });
      const logId = await reopened.logId();
      await reopened.close();
      expect(logId).not.toBe(before);
      const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
      try {
        await assertSameLog(pool, 'payment-history', logId);
      } finally {
        await pool.end();
      }
    });
  });

  it('says how to go on where nothing runs', async () => {
    await rm(join(dataDir, 'runtime.json'));
    await expect(run(projectionsCommand, 'list')).rejects.toThrow(/npm start/);
  });
});
