import type pg from 'pg';
import { keptRows, versionTable, type Projection } from './projection.js';

/** A row that only one of two versions has in this form. */
export interface RowDifference {
  readonly table: string;
  /** Values of the primary key, joined by `/`. */
  readonly key: string;
  readonly what: 'missing' | 'too many' | 'differs';
  /** Of a row that differs. */
  readonly columns: readonly string[];
  /** The row as readers see it, or as it should be where it is missing. */
  readonly row: { readonly [column: string]: string | null };
}

/** Rows of a table that are told. */
const DIFFERENCES_MAX = 100;

type Row = RowDifference['row'];

/** Compares two versions of all tables of a read model: checksums first, rows where these differ. */
export async function differingRows(
  client: pg.PoolClient,
  projection: Projection,
  versions: { readonly live: number; readonly fresh: number },
): Promise<{ readonly differences: readonly RowDifference[]; readonly rows: number }> {
  const differences: RowDifference[] = [];
  let rows = 0;
  for (const table of projection.tables) {
    const name = versionTable(table, versions.live);
    const live = keptRows(projection, table, versions.live);
    const fresh = keptRows(projection, table, versions.fresh);
    const columns = await columnsOf(client, versionTable(table, versions.fresh));
    const [one, other] = [
      await checksum(client, live, columns),
      await checksum(client, fresh, columns),
    ];
    rows += other.count;
    if (one.count === other.count && one.sum === other.sum) continue;
    differences.push(...(await differencesOf(client, { name, live, fresh }, columns)));
  }
  return { differences, rows };
}

interface Columns {
  readonly all: readonly string[];
  readonly key: readonly string[];
}

async function differencesOf(
  client: pg.PoolClient,
  tables: { readonly name: string; readonly live: string; readonly fresh: string },
  columns: Columns,
): Promise<readonly RowDifference[]> {
  const live = await onlyIn(client, [tables.live, tables.fresh], columns);
  const fresh = await onlyIn(client, [tables.fresh, tables.live], columns);
  const differences: RowDifference[] = [];
  for (const [key, row] of live) {
    const expected = fresh.get(key);
    fresh.delete(key);
    differences.push({
      table: tables.name,
      key,
      row,
      what: expected === undefined ? 'too many' : 'differs',
      columns:
        expected === undefined ? [] : columns.all.filter((name) => row[name] !== expected[name]),
    });
  }
  for (const [key, row] of fresh) {
    differences.push({ table: tables.name, key, row, what: 'missing', columns: [] });
  }
  return differences.slice(0, DIFFERENCES_MAX);
}

/** Both sides in the order of their keys, so that the same rows of both are among the first. */
async function onlyIn(
  client: pg.PoolClient,
  [table, other]: readonly [string, string],
  { all, key }: Columns,
): Promise<Map<string, Row>> {
  const list = all.map(quoted).join(', ');
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${all.map((name) => `${quoted(name)}::text as ${quoted(name)}`).join(', ')} from (
       select ${list} from ${table} except all select ${list} from ${other}) as differing
      order by ${key.map((name) => `differing.${quoted(name)}`).join(', ')} limit ${DIFFERENCES_MAX}`,
  );
  return new Map(rows.map((row) => [key.map((name) => row[name] ?? '').join('/'), row]));
}

async function checksum(
  client: pg.PoolClient,
  table: string,
  { all }: Columns,
): Promise<{ readonly count: number; readonly sum: string }> {
  const { rows } = await client.query<{ count: number; sum: string }>(
    `select count(*)::integer as count,
       coalesce(sum(hashtextextended(row(${all.map(quoted).join(', ')})::text, 0)), 0)::text as sum from ${table}`,
  );
  return rows[0] ?? { count: 0, sum: '0' };
}

/** Names of our own schema, those of the primary key too. */
async function columnsOf(client: pg.PoolClient, table: string): Promise<Columns> {
  const { rows } = await client.query<{ name: string; key: boolean }>(
    `select a.attname as name, coalesce(a.attnum = any(i.indkey), false) as key
       from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  return {
    all: rows.map(({ name }) => name),
    key: rows.filter(({ key }) => key).map(({ name }) => name),
  };
}

/** Some names are words of SQL. */
function quoted(name: string): string {
  return `"${name}"`;
}
