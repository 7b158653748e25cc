import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { CommandFailed } from '../../apps/cli/installation.js';
import { verifyCommand } from '../../apps/cli/verify.command.js';
import { PROCESSOR_MIGRATIONS } from '../../apps/processor/processor.migrations.js';
import { PROJECTIONS } from '../../projections/registry.js';
import { ensureFirstVersion } from '../../projections/runner/catalog.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { VersionWriter } from '../../projections/runner/version-writer.js';
import { LOG_START, type EventStore, type RecordedEvent } from '../event-store/event-store.js';
import { hashOf } from '../event-store/hash-chain.js';
import { openEventStore } from '../event-store/open-event-store.js';
import { ensureProcessorCheckpoint } from '../orchestration/processor-checkpoint.js';
import { migrate } from '../platform/migrations.js';
import { openPool } from '../platform/postgres.js';
import type { Finding } from '../verify/finding.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** The parts that specs read. */
interface VerifyReport {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly book_entries: number | null;
}

type Changed = Partial<Pick<RecordedEvent, 'type' | 'data' | 'metadata'>>;

/** An installation on a database of its own that specs damage by hand; `restore` takes the damage back. */
export class DamagedHouse {
  readonly tables: string[] = [
    'event_store.events',
    'projection_versions',
    'processor_checkpoint',
    'due_payments',
    ...PROJECTIONS.flatMap(({ tables }) => tables.map((table) => `${table}_v1`)),
  ];

  private constructor(
    readonly database: TestDatabase,
    readonly store: EventStore,
    readonly pool: pg.Pool,
    readonly folder: string,
  ) {}

  /** `fill` appends; then everything is projected and saved, and the log loses the constraints that refuse damage. */
  static async open(fill: (store: EventStore) => Promise<void>): Promise<DamagedHouse> {
    const database = await createTestDatabase();
    const store = await openEventStore({ databaseUrl: database.url, migrate: 'apply' });
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    const folder = await mkdtemp(join(tmpdir(), 'tillstream-damage-'));
    const mode = 'apply';
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode });
    await migrate(pool, { set: 'processor', migrations: PROCESSOR_MIGRATIONS, mode });
    await ensureProcessorCheckpoint(pool, await store.logId());
    await fill(store);
    const page = await store.readAll(LOG_START, 1_000);
    for (const projection of PROJECTIONS) {
      await ensureFirstVersion(pool, projection, await store.logId());
      const version = { version: 1, token: '0', position: LOG_START };
      const writer = new VersionWriter({ pool, store, projection, ...version });
      await writer.write(page.events, page.position);
    }
    await pool.query('update processor_checkpoint set position = $1', [page.position]);
    const house = new DamagedHouse(database, store, pool, folder);
    await writeFile(house.sealsFile, '');
    for (const table of house.tables) {
      await pool.query(`create table saved_${plain(table)} as table ${table}`);
    }
    await pool.query(`alter table event_store.events drop constraint events_once`);
    await pool.query(`alter table event_store.events drop constraint events_of_stream`);
    return house;
  }

  get sealsFile(): string {
    return join(this.folder, 'seals.jsonl');
  }

  async restore(): Promise<void> {
    for (const table of this.tables) {
      await this.pool.query(`delete from ${table}`);
      await this.pool.query(`insert into ${table} select * from saved_${plain(table)}`);
    }
    await writeFile(this.sealsFile, '');
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.store.close();
    await rm(this.folder, { recursive: true });
    await this.database.dispose();
  }

  /** `tillstream verify` with these words, as a shell would see it. */
  async run(...words: string[]): Promise<{ output: string; failed: boolean }> {
    const output = new PassThrough();
    const written = text(output);
    let failed = false;
    try {
      await verifyCommand({ DATABASE_URL: this.database.url }, output)
        .exitOverride()
        .parseAsync(words, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      failed = true;
    } finally {
      output.end();
    }
    return { output: await written, failed };
  }

  /** What `tillstream verify --json` tells. */
  async report(...words: string[]): Promise<VerifyReport> {
    const { output, failed } = await this.run('--json', ...words);
    const report = JSON.parse(output) as VerifyReport; // reason: our own document
    expect(failed).toBe(!report.ok);
    return report;
  }

  async findings(...words: string[]): Promise<readonly Finding[]> {
    return (await this.report(...words)).findings;
  }

  /** As `check stream revision`. */
  async found(...words: string[]): Promise<readonly string[]> {
    const findings = await this.findings(...words);
    return findings.map(({ check, stream, revision }) => `${check} ${stream} ${revision}`);
  }

  /** Stores the events of a stream as `change` gives them, with hashes that fit. */
  async rewrite(
    stream: string,
    change: (events: readonly RecordedEvent[]) => readonly Changed[],
  ): Promise<readonly RecordedEvent[]> {
    const events = await this.store.readStream(stream);
    const changes = change(events);
    let before = '';
    const rewritten: RecordedEvent[] = [];
    for (const [index, event] of events.entries()) {
      const altered = { ...event, ...changes[index] };
      before = hashOf(before, altered);
      const next = { ...altered, metadata: { ...altered.metadata, hash: before } };
      rewritten.push(next);
      await this.pool.query(
        `update event_store.events set type = $3, data = $4, metadata = $5 where stream = $1 and revision = $2`,
        [
          stream,
          event.revision,
          next.type,
          JSON.stringify(next.data),
          JSON.stringify(next.metadata),
        ],
      );
    }
    return rewritten;
  }

  /** Makes the audit trail bear out what a stream now says. */
  async rewriteAudit(events: readonly RecordedEvent[]): Promise<void> {
    for (const { position, type, metadata } of events) {
      await this.pool.query(
        `update audit_trail_v1 set hash = $2, type = $3, at = $4, actor = $5 where position = $1`,
        [position, metadata.hash, type, metadata.at, metadata.actor],
      );
    }
  }
}

function plain(table: string): string {
  return table.replace('.', '_');
}
