import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { LOG_START, type EventStore } from '../../libs/event-store/event-store.js';
import { hashOf } from '../../libs/event-store/hash-chain.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { migrate } from '../../libs/platform/migrations.js';
import { openPool } from '../../libs/platform/postgres.js';
import { dispute, PaymentLog, purchase, refund } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { customerStatements } from '../../projections/customer-statements/project.js';
import { Statements } from '../../projections/customer-statements/query.js';
import { statementCsv, type Statement } from '../../projections/customer-statements/statement.js';
import { projectionNamed } from '../../projections/registry.js';
import { ensureFirstVersion } from '../../projections/runner/catalog.js';
import { PROJECTION_MIGRATIONS } from '../../projections/runner/projections.migrations.js';
import { VersionWriter } from '../../projections/runner/version-writer.js';
import { CommandFailed } from './installation.js';
import { tillstreamCommand } from './tillstream.command.js';

const ONE = { id: 'pay_one' };
const TWO = { id: 'pay_two', merchantId: 'mer_two' };
const ALL = { tenant: null, customerId: 'cus_one', currency: 'EUR', from: null, to: null };
const LATER = { ...ALL, tenant: 'mer_one', from: '2026-03-02T00:00:00.000Z' };

describe('tillstream verify statement', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: EventStore;
  let folder: string;
  /** All of the customer's lines, and those of one merchant from the second day on. */
  let whole: Statement;
  let later: Statement;

  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openEventStore({ databaseUrl: database.url, migrate: 'apply' });
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    folder = await mkdtemp(join(tmpdir(), 'tillstream-statement-'));
    const log = new PaymentLog(store);
    await log.append(ONE.id, purchase(ONE), '2026-03-01T00:00:00.000Z');
    await log.append(TWO.id, purchase(TWO), '2026-03-01T12:00:00.000Z');
    await log.append('pay_other', purchase({ id: 'pay_other', customerId: 'cus_other' }));
    await log.append(ONE.id, refund(ONE, '700'), '2026-03-03T00:00:00.000Z');
    await project();
    whole = await new Statements(pool).report(ALL);
    later = await new Statements(pool).report(LATER);
    // What comes later is of no matter to them.
    await log.append(ONE.id, [dispute('DisputeOpened', '300')], '2026-03-05T00:00:00.000Z');
    await database.query('create table saved as table event_store.events');
  });

  afterEach(async () => {
    await database.query('delete from event_store.events');
    await database.query('insert into event_store.events select * from saved');
  });

  afterAll(async () => {
    await pool?.end();
    await store?.close();
    await rm(folder, { recursive: true });
    await database.dispose();
  });

  async function project(): Promise<void> {
    await migrate(pool, { set: 'projections', migrations: PROJECTION_MIGRATIONS, mode: 'apply' });
    const projection = projectionNamed(customerStatements.name);
    if (projection === undefined) throw new Error('it is registered');
    await ensureFirstVersion(pool, projection, await store.logId());
    const version = { version: 1, token: '0', position: LOG_START };
    const page = await store.readAll(LOG_START, 1_000);
    await new VersionWriter({ pool, store, projection, ...version }).write(
      page.events,
      page.position,
    );
  }

  async function run(...words: string[]): Promise<{ output: string; failure: string | null }> {
    const output = new PassThrough();
    const written = text(output);
    let failure: string | null = null;
    try {
      await tillstreamCommand({ DATABASE_URL: database.url }, output)
        .exitOverride()
        .parseAsync(['verify', ...words], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      failure = error.message;
    } finally {
      output.end();
    }
    return { output: await written, failure };
  }

  /** What is found in a file of this text. */
  async function found(content: string | object): Promise<string[]> {
    const file = join(folder, 'statement');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    const { output, failure } = await run('statement', '--json', file);
    // reason: our own document
    const { ok, differences, events } = JSON.parse(output) as {
      ok: boolean;
      differences: string[];
      events: { stream: string; revision: number; message: string }[];
    };
    expect(failure === null).toBe(ok);
    return [
      ...events.map(({ stream, revision, message }) => `${stream} ${revision}: ${message}`),
      ...differences,
    ];
  }

  it('holds for what was given, as JSON and as CSV, whatever came later', async () => {
    expect(whole.lines).toHaveLength(3);
    expect(later).toMatchObject({ opening_balance: 2500, lines: [{ kind: 'refund' }] });
    expect(later.proof).toMatchObject({ opening_events: 1, events: 2 });
    for (const statement of [whole, later]) {
      expect(await found(statement)).toEqual([]);
      expect(await found(statementCsv(statement))).toEqual([]);
    }
    const file = join(folder, 'statement');
    await writeFile(file, JSON.stringify(whole));
    const { output } = await run('statement', file);
    expect(output).toMatch(
      /^verify: reading the log, \d+ of \d+ events\nStatement of cus_one, EUR/,
    );
    expect(output).toContain(`OK: the events give every figure, and the hash ${whole.proof.hash}`);
  });

  it('writes no line that a statement made up, and nothing that a terminal would obey', async () => {
    const file = join(folder, 'statement');
    const made = { ...whole, customer_id: `cus_one\nOK: the events give every figure.\u001b[8m` };
    await writeFile(file, JSON.stringify(made));
    const { output, failure } = await run('statement', file);
    expect(failure).not.toBeNull();
    expect(output).not.toMatch(/^OK/m);
    expect(output).not.toContain('\u001b');
    expect(output).toContain('Statement of cus_one\\u{a}OK: the events');
    await writeFile(file, statementCsv(whole).replace('opening', 'opening,\u001b[2J\nOK'));
    expect((await run('statement', file)).failure).not.toMatch(/[\n\u001b]/);
  });

  it('names every figure that is another one', async () => {
    const altered = alterations(later);
    expect(altered).toHaveLength(20);
    for (const { path, statement } of altered) {
      const differences = await found(statement);
      expect([path, differences]).not.toEqual([path, []]);
    }
    const figures = { ...later, opening_balance: 2501, closing_balance: 1 };
    expect(await found(figures)).toEqual([
      'opening_balance is 2501, the events give 2500',
      'closing_balance is 1, the events give 1800',
    ]);
    const [first, ...others] = whole.lines;
    const line = { ...whole, lines: [{ ...first, amount: 9, balance: 9 }, ...others] };
    expect(await found(line)).toEqual([
      'line 1: amount is 9, the event gives 2500',
      'line 1: balance is 9, the event gives 2500',
    ]);
    const cells = statementCsv(whole).replace(',refund,-700,', ',refund,-900,');
    expect(await found(cells)).toEqual(['line 3: amount is -900, the event gives -700']);
  });

  it('names a line that is missing, one too many, and lines in another order', async () => {
    const [one, two, three] = whole.lines;
    expect(await found({ ...whole, lines: [one, three] })).toEqual([
      expect.stringContaining('a line is missing: capture of 2500 at 2026-03-01T12:00'),
    ]);
    expect(await found({ ...whole, lines: [one, two, three, three] })).toEqual([
      expect.stringMatching(
        /^line 4: no event gives a refund of -700 \(payment-pay_one, revision 4/,
      ),
    ]);
    expect(await found({ ...whole, lines: [two, one, three] })).toEqual([
      'line 2: stands behind a later one',
    ]);
  });

  it('names an event that was altered, removed, or made anew with fitting hashes', async () => {
    await database.query(
      `update event_store.events set data = replace(data, '"700"', '"70"')
        where stream = 'payment-pay_one' and revision = 4`,
    );
    expect(await found(whole)).toEqual([
      expect.stringMatching(/^payment-pay_one 4: it was altered/),
      'line 3: amount is -700, the event gives -70',
      'line 3: balance is 4300, the event gives 4930',
      'closing_balance is 4300, the events give 4930',
      expect.stringMatching(/^proof.hash is /),
    ]);
    await database.query(
      `delete from event_store.events where stream = 'payment-pay_two' and revision = 1`,
    );
    expect(await found(whole)).toContainEqual(
      expect.stringMatching(/^payment-pay_two 2: an event before it was removed/),
    );
    await database.query(`delete from event_store.events where stream <> 'payment-pay_two'`);
    expect(await found(whole)).toContainEqual(
      expect.stringMatching(/^proof.to is .* the log ends/),
    );
  });

  it('names events that were made anew behind the same figures, by the hash', async () => {
    const [, before, last] = await store.readStream('payment-pay_two');
    if (before === undefined || last === undefined) throw new Error('it has three events');
    const forged = { ...last, metadata: { ...last.metadata, actor: 'merchant:mer_three' } };
    const hash = hashOf(before.metadata.hash, forged);
    await database.query(
      `update event_store.events set metadata = $1 where stream = $2 and revision = 2`,
      [JSON.stringify({ ...forged.metadata, hash }), last.stream],
    );
    expect(await found(whole)).toEqual([
      expect.stringMatching(/^proof.hash is .* every figure agrees/),
    ]);
  });

  it('says of a statement of another log whose it is', async () => {
    const of = (text: string) => text.replace(whole.proof.log_id, 'log_000000000000');
    const { log_id, from, to } = whole.proof;
    const proof = { ...whole.proof, log_id: of(log_id), from: of(from), to: of(to) };
    expect(await found({ ...whole, proof })).toEqual([
      expect.stringMatching(/^proof: it is of the log log_000000000000 /),
    ]);
  });

  it.each([
    ['', /is no statement: the file is empty\.$/],
    ['{"customer_id":', /is no statement: it holds JSON that does not parse\.$/],
    ['{"data":[]}', /is no statement: the statement \(at merchant_id\): /],
    ['{"lines":[{"amount":1,"amount":2}]}', /a name stands twice in one object of it/],
    ['a,b\n1,2', /is no statement: it is neither JSON nor CSV with the columns at,payment_id,/],
    ['at,payment_id,kind,amount,balance,revision,proof\r\n', /no opening line at its top/],
    ['at,"payment', /a quote in it is not closed/],
  ])('refuses the file %p with a sentence', async (content, sentence) => {
    const file = join(folder, 'bad');
    await writeFile(file, content);
    expect((await run('statement', file)).failure).toMatch(sentence);
  });

  it('refuses a file that is not there', async () => {
    const { failure } = await run('statement', join(folder, 'none'));
    expect(failure).toMatch(/none can't be read \(ENOENT\)\.$/);
  });
});

/** Every scalar of a statement, altered one at a time, so that it still has its shape. */
function alterations(statement: Statement) {
  const altered: { path: string; statement: object }[] = [];
  const walk = (value: unknown, path: readonly string[]) => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value)) walk(child, [...path, name]);
      return;
    }
    const copy: object = structuredClone(statement);
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>(
      (node, name) => node[name] as Record<string, unknown>, // reason: the path was walked
      copy as Record<string, unknown>, // reason: as above
    );
    parent[path.at(-1) ?? ''] = another(value, path.at(-1) ?? '');
    altered.push({ path: path.join('.'), statement: copy });
  };
  walk(statement, []);
  return altered;
}

function another(value: unknown, name: string): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string')
    return name === 'merchant_id' ? 'mer_other' : '2026-03-09T00:00:00.000Z';
  if (name === 'kind') return 'chargeback';
  if (name === 'currency') return 'USD';
  if (name === 'at' || name === 'from') {
    if (value.startsWith('log_')) return value.replace(/.$/, '1');
    return value.replace('.000Z', '.001Z');
  }
  return /\d$/.test(value)
    ? value.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
    : `${value.slice(0, -1)}${value.endsWith('a') ? 'b' : 'a'}`;
}
