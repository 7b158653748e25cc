import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { DamagedHouse } from '../../libs/testing/damaged-house.js';
import { openHouseOfEveryKind } from '../../libs/testing/house-of-every-kind.js';
import { PROJECTIONS } from '../../projections/registry.js';

jest.setTimeout(120_000);

describe('tillstream verify finds damage of read models', () => {
  let house: DamagedHouse;

  beforeAll(async () => {
    house = await openHouseOfEveryKind();
  });

  afterEach(() => house.restore());
  afterAll(() => house?.close());

  /** A damaged audit is a false witness besides: that is told, too. */
  async function rowFindings(): Promise<readonly string[]> {
    const findings = await house.findings();
    return findings.filter(({ check }) => check === 'read_models').map(({ message }) => message);
  }

  describe.each(PROJECTIONS.flatMap(({ tables }) => tables.map((table) => [`${table}_v1`])))(
    'in %s',
    (table) => {
      it('each column', async () => {
        const columns = await columnsOf(house, table);
        // A row each, so that every one of them is named.
        const { rows } = await house.pool.query<{ row: string }>(
          `select ctid::text as row from ${table} limit ${columns.length}`,
        );
        for (const [index, column] of columns.entries()) {
          await damage(house, { table, row: rows[index]?.row ?? '', column });
        }
        const told = (await rowFindings()).join('\n');
        for (const { name, isKey } of columns) {
          expect(told).toMatch(isKey ? /stands there, the events give none/ : `in ${name}`);
        }
      });

      it('a row that is gone, and one too many', async () => {
        const [row] = (
          await house.pool.query(`delete from ${table} where ctid = (select max(ctid) from ${table})
          returning *`)
        ).rows as Record<string, unknown>[]; // reason: whatever the row holds
        expect(await rowFindings()).toEqual([
          expect.stringMatching(/is missing, the events give it$/),
        ]);
        await house.restore();
        const columns = await columnsOf(house, table);
        const last = columns.findLast(
          ({ isKey, type }) => isKey && type !== 'timestamp with time zone',
        );
        const copy = { ...row, [last?.name ?? '']: otherKey(table, last?.type) };
        await house.pool.query(
          `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`,
          [JSON.stringify(copy)],
        );
        expect(await rowFindings()).toEqual([
          expect.stringMatching(/stands there, the events give none$/),
        ]);
      });
    },
  );

  it.each([
    ['where false', 'does not show reviews_v1 as it is'],
    ['where payment_id <> $$pay_1$$', 'does not show reviews_v1 as it is'],
  ])('a view that shows less: %s', async (filter, message) => {
    await house.pool.query(`create or replace view reviews as select * from reviews_v1 ${filter}`);
    const findings = await house.findings();
    await house.pool.query('create or replace view reviews as select * from reviews_v1');
    expect(findings.map(({ check }) => check)).toEqual(['read_models']);
    expect(findings[0]?.message).toContain(message);
  });

  it.each([
    ["delete from projection_versions where name = 'reviews'", 'version 1, and none is live'],
    ["update projection_versions set state = 'retired' where name = 'reviews'", 'none is live'],
    ["update projections set active_version = 7 where name = 'reviews'", 'the live one is 1'],
  ])('what keeps it from being compared: %s', async (damaging, message) => {
    await house.pool.query(damaging);
    const findings = await house.findings();
    await house.pool.query(`update projections set active_version = 1`);
    expect(findings.map(({ check }) => check)).toEqual(['read_models']);
    expect(findings[0]?.message).toMatch(/^reviews: readers are told of version/);
    expect(findings[0]?.message).toContain(message);
  });

  it('a view of a read model that has no checkpoint at all', async () => {
    await house.pool.query(`create table saved_projections as table projections`);
    await house.pool.query(`delete from projection_versions`);
    await house.pool.query(`delete from projections`);
    const messages = await rowFindings();
    await house.pool.query(`insert into projections select * from saved_projections`);
    expect(messages).toContain('reviews: readers see the view reviews, and no version is live');
  });
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

async function columnsOf(house: DamagedHouse, table: string): Promise<readonly Column[]> {
  const { rows } = await house.pool.query<{ name: string; type: string; key: boolean }>(
    `select a.attname as name, format_type(a.atttypid, null) as type, a.attnum = any(i.indkey) as key
       from pg_attribute a join pg_index i on i.indrelid = a.attrelid and i.indisprimary
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  return rows.map(({ name, type, key }) => ({ name, type, isKey: key }));
}

/** Of a row that is one too many. */
function otherKey(table: string, type: string | undefined): string {
  if (type === 'uuid') return randomUUID();
  return table.startsWith('customer') ? 'reversal' : 'zz';
}

/** Alters one column in a row of its own: the n-th. */
async function damage(
  house: DamagedHouse,
  { table, row, column }: { table: string; row: string; column: Column },
): Promise<void> {
  const { name, type } = column;
  const other = /^(integer|bigint|numeric)$/.test(type)
    ? `coalesce(${name}, 0) + 1`
    : type.startsWith('timestamp')
      ? `coalesce(${name}, now()) + interval '1 second'`
      : table.startsWith('customer_statements') && name === 'kind'
        ? `'reversal'`
        : type === 'uuid'
          ? 'gen_random_uuid()'
          : `coalesce(${name}, '') || 'x'`;
  const { rowCount } = await house.pool.query(
    `update ${table} set ${name} = ${other}
      where ctid = $1`,
    [row],
  );
  expect([name, rowCount]).toEqual([name, 1]);
}
