import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import type pg from 'pg';
import { LOG_START, type EventStore } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import type { Finding } from '../../libs/verify/finding.js';
import { PROJECTIONS } from '../../projections/registry.js';
import { ensureFirstVersion } from '../../projections/runner/catalog.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { VersionWriter } from '../../projections/runner/version-writer.js';
import { CommandFailed } from './installation.js';
import { verifyCommand } from './verify.command.js';

jest.setTimeout(120_000);

/** Each case damages a copy of these tables, which stand in schemas of their own, and takes the damage back. */
const SAVE = (table: string) => `create schema if not exists saved;
  create table saved.${table.replace('.', '_')} as table ${table}`;

const STREAM = 'payment-pay_00000003'; // purchased and refunded in part
const TABLES = [
  'event_store.events',
  'projection_versions',
  'audit_trail_v1',
  'payment_history_v1',
  'customer_statements_v1',
];

interface Report {
  readonly ok: boolean;
  readonly events: number;
  readonly findings: readonly Finding[];
  readonly book_entries: number | null;
  readonly rules_broken_by_facts: readonly { readonly stream: string }[];
}

describe('tillstream verify', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: EventStore;
  const books: { entries: Record<string, unknown>[]; server: Server | null } = {
    entries: [],
    server: null,
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openEventStore({ databaseUrl: database.url, migrate: 'apply' });
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    await new PaymentLog(store).appendMany(0, 12);
    for (const projection of PROJECTIONS) await project(projection);
    for (const table of TABLES) await database.query(SAVE(table));
    await database.query(`alter table event_store.events drop constraint events_once`);
    await database.query(`alter table event_store.events drop constraint events_of_stream`);
    books.server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: books.entries, next_cursor: null }));
    }).listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    for (const table of [...TABLES].reverse()) {
      await database.query(`delete from ${table}`);
    }
    for (const table of TABLES) {
      await database.query(`insert into ${table} select * from saved.${table.replace('.', '_')}`);
    }
  });

  afterAll(async () => {
    books.server?.close();
    await pool?.end();
    await store?.close();
    await database.dispose();
  });

  async function project(projection: (typeof PROJECTIONS)[number]): Promise<void> {
    await ensureFirstVersion(pool, projection, await store.logId());
    const version = { version: 1, token: '0', position: LOG_START };
    const page = await store.readAll(LOG_START, 1_000);
    await new VersionWriter({ pool, store, projection, ...version }).write(
      page.events,
      page.position,
    );
  }

  async function run(...words: string[]): Promise<{ output: string; failed: boolean }> {
    const output = new PassThrough();
    const written = text(output);
    let failed = false;
    try {
      await verifyCommand({ DATABASE_URL: database.url }, output)
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

  async function report(...words: string[]): Promise<Report> {
    const { output, failed } = await run('--json', ...words);
    const parsed = JSON.parse(output) as Report; // reason: our own document
    expect(failed).toBe(!parsed.ok);
    return parsed;
  }

  /** What is found, as `check stream revision`. */
  async function found(...words: string[]): Promise<readonly string[]> {
    const { findings } = await report(...words);
    return findings.map(({ check, stream, revision }) => `${check} ${stream} ${revision}`);
  }

  async function positionOf(revision: number, stream = STREAM): Promise<string> {
    const event = (await store.readStream(stream))[revision];
    if (event === undefined) throw new Error('no such event');
    return event.position;
  }

  it('finds nothing where nothing is wrong, and shows how far it came', async () => {
    const { output, failed } = await run();
    expect(failed).toBe(false);
    expect(output).toMatch(/^verify: reading the log, \d+ of \d+ events\n/);
    expect(output).toContain('ok    read models, row by row');
    expect(output).toContain("-     gateways' books: no books were looked at");
    expect(output).toMatch(/All of it holds\.\n$/);
  });

  it('names an altered event, and every row that no longer agrees (I-9, I-28)', async () => {
    const position = await positionOf(2);
    await database.query(
      `update event_store.events set data = replace(data, '"amount":"1003"', '"amount":"1002"')
        where stream = $1 and revision = 2`,
      [STREAM],
    );
    const { findings } = await report();
    expect(findings[0]).toMatchObject({
      check: 'hash_chain',
      stream: STREAM,
      revision: 2,
      position,
    });
    expect(findings.map(({ check }) => check)).toContain('read_models');
  });

  it('names an event whose own hash was made to fit, by the one behind it and its witnesses', async () => {
    await database.query(
      `update event_store.events set metadata = regexp_replace(metadata, '"hash":"[0-9a-f]{4}', '"hash":"0000')
        where stream = $1 and revision = 1`,
      [STREAM],
    );
    expect(await found('--quick')).toEqual([
      `hash_chain ${STREAM} 1`,
      `hash_chain ${STREAM} 2`,
      `removed_events ${STREAM} 1`,
    ]);
  });

  it('names a removed event by the gap, and by the audit that saw it', async () => {
    const position = await positionOf(1);
    await database.query(`delete from event_store.events where stream = $1 and revision = 1`, [
      STREAM,
    ]);
    const { findings } = await report('--quick');
    expect(findings).toMatchObject([
      { check: 'revisions', stream: STREAM, revision: 2 },
      { check: 'removed_events', stream: STREAM, revision: 1, position },
    ]);
  });

  it('names reordered events', async () => {
    await database.query(
      `update event_store.events e set revision = 3 - e.revision
        where stream = $1 and revision in (1, 2)`,
      [STREAM],
    );
    const [first] = (await report('--quick')).findings;
    expect(first).toMatchObject({ check: 'revisions', stream: STREAM, revision: 2 });
  });

  it('names a removed tail by the audit', async () => {
    await database.query(`delete from event_store.events where stream = $1 and revision >= 3`, [
      STREAM,
    ]);
    const all = await found('--quick');
    expect(all).toContain(`removed_events ${STREAM} 3`);
    expect(new Set(all.map((line) => line.split(' ')[0]))).toEqual(new Set(['removed_events']));
  });

  it('names a removed end of the whole log by the audit alone', async () => {
    const head = await store.head();
    const last = (await store.readAll(LOG_START, 1_000)).events.at(-1);
    await database.query(`delete from event_store.events where id = $1`, [last?.id]);
    const { findings } = await report('--quick');
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'removed_events', stream: last?.stream, position: head }),
    );
  });

  it('names a removed end by a seal alone, where the audit was cut as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tillstream-verify-'));
    const seals = ['--quick', '--seals', join(folder, 'seals.jsonl')];
    expect(await found(...seals)).toEqual([]);
    expect(await found(...seals)).toEqual([]);
    await database.query(`delete from event_store.events where stream = $1`, [STREAM]);
    await database.query(`delete from audit_trail_v1 where stream = $1`, [STREAM]);
    const { findings } = await report(...seals);
    expect(findings).toMatchObject([
      { check: 'removed_events', message: expect.stringContaining('5 of its events are gone') },
    ]);
    await rm(folder, { recursive: true });
  });

  it('names a whole stream that was removed', async () => {
    await database.query(`delete from event_store.events where stream = $1`, [STREAM]);
    const revisions = [0, 1, 2, 3, 4];
    expect(await found('--quick')).toEqual(revisions.map((at) => `removed_events ${STREAM} ${at}`));
  });

  it('names an id that stands twice', async () => {
    const other = 'payment-pay_00000001';
    await database.query(
      `update event_store.events set id = (select id from event_store.events where stream = $1 and revision = 0)
        where stream = $2 and revision = 1`,
      [other, STREAM],
    );
    const all = await found('--quick');
    expect(all.filter((line) => line.startsWith('event_ids'))).toHaveLength(1);
  });

  it('names a row that was changed, one that is gone and one too many', async () => {
    await database.query(
      `update payment_history_v1 set amount_captured = 1 where id = 'pay_00000001'`,
    );
    await database.query(`delete from payment_history_v1 where id = 'pay_00000002'`);
    await database.query(`update customer_statements_v1 set customer_id = 'cus_none'
      where payment_id = 'pay_00000003' and kind = 'refund'`);
    await database.query(`insert into payment_history_v1
      select 'pay_none', merchant_id, customer_id, order_id, status, currency, amount, amount_authorized,
        amount_captured, amount_refunded, amount_charged_back, created_at, updated_at, revision,
        open_operation, open_since, view from payment_history_v1 where id = 'pay_00000001'`);
    const { findings } = await report();
    expect(findings.map(({ stream, message }) => [stream, message])).toEqual([
      [STREAM, expect.stringMatching(/differs from what the events give, in customer_id$/)],
      [
        'payment-pay_00000001',
        'payment_history_v1: row pay_00000001 differs from what the events give, in amount_captured',
      ],
      ['payment-pay_none', expect.stringMatching(/pay_none stands there, the events give none$/)],
      ['payment-pay_00000002', expect.stringMatching(/pay_00000002 is missing/)],
    ]);
  });

  it('names a checkpoint ahead of the log, and one of another log', async () => {
    await database.query(
      `update projection_versions set position = repeat('f', 32) where name = 'reviews'`,
    );
    await database.query(
      `update projection_versions set log_id = 'log_other' where name = 'payment-history'`,
    );
    const { findings } = await report('--quick');
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('read model payment-history, version 1, is of the log log_other'),
      expect.stringContaining('read model reviews, version 1, is ahead of the log'),
    ]);
  });

  describe("beside the gateways' books", () => {
    beforeEach(async () => {
      books.entries = await trueBooks(store);
    });

    async function bookFindings(): Promise<readonly string[]> {
      const { port } = listening(books.server);
      const { findings, book_entries: entries } = await report(
        '--books',
        `http://127.0.0.1:${port}`,
      );
      expect(entries).toBe(books.entries.length);
      expect(findings.every(({ check }) => check === 'gateway_books')).toBe(true);
      return findings.map(({ stream, message }) => `${stream}: ${message}`);
    }

    it('finds nothing where both say the same', async () => {
      expect(await bookFindings()).toEqual([]);
    });

    it('names a charge that no event knows, and that it is the second', async () => {
      const first = books.entries.find(({ operation }) => operation === 'purchase');
      books.entries.push({ ...first, key: 'another' });
      expect(await bookFindings()).toEqual([
        expect.stringMatching(/^payment-pay_\d+: charged twice: charge without event/),
      ]);
    });

    it('names a key that was charged twice', async () => {
      books.entries.push({ ...books.entries[0] });
      expect(await bookFindings()).toEqual([expect.stringMatching(/: charged twice: /)]);
    });

    it.each([
      ['gateway', 'beta', /was sent to alpha here$/],
      ['currency', 'USD', /is in EUR here$/],
      ['amount', 1, /is \d+ here$/],
      ['operation', 'capture', /is purchase here$/],
      ['key', 'another', /charge without event/],
      ['payment_id', 'pay_none', /charge without event/],
      ['outcome', 'declined', /event without charge/],
    ])('names an entry whose %s was altered', async (field, value, message) => {
      const at = books.entries.findIndex(
        ({ operation, currency }) => operation === 'purchase' && currency === 'EUR',
      );
      books.entries = books.entries.map((one, index) =>
        index === at ? { ...one, [field]: value } : one,
      );
      expect(await bookFindings()).toContainEqual(expect.stringMatching(message));
    });

    it('names an event that no charge stands behind, and an amount that differs', async () => {
      const [removed, ...others] = books.entries;
      const changed = others.find(({ operation }) => operation === 'purchase');
      books.entries = others.map((one) => (one === changed ? { ...one, amount: 1 } : one));
      expect(await bookFindings()).toEqual([
        expect.stringMatching(`payment-${changed?.['payment_id']}: .* is \\d+ here$`),
        expect.stringContaining(`payment-${removed?.['payment_id']}: event without charge`),
      ]);
    });
  });
});

function listening(server: Server | null): AddressInfo {
  const address = server?.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens on TCP');
  return address;
}

/** Books that a gateway would have kept of these events. */
async function trueBooks(store: EventStore): Promise<Record<string, unknown>[]> {
  const { events } = await store.readAll(LOG_START, 1_000);
  const asked = events.flatMap(({ stream, type, data }) => {
    const operation = type === 'PurchaseRequested' ? 'purchase' : 'refund';
    if (type !== 'PurchaseRequested' && type !== 'RefundRequested') return [];
    const { gateway, key, amount, currency } = data;
    const entry = { gateway, operation, key, amount: Number(amount), currency };
    return [{ ...entry, payment_id: stream.replace('payment-', ''), outcome: 'approved' }];
  });
  return asked;
}
