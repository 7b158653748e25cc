import type pg from 'pg';
import { withConnection, withoutTimeouts } from '../../libs/platform/held-connection.js';
import { keptRows, versionTable, type Projection } from './projection.js';

/** One thing in which two versions of a table differ. */
export interface Difference {
  readonly table: string;
  readonly what: 'rows' | 'column';
  readonly column?: string;
  readonly live: string;
  readonly next: string;
  /** Keys of some rows that only the live version has in this form. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 3;

/**
 * Row counts, and order-free checksums of the columns that both versions have. Meant for two versions that stand still
 * at one position. Only reads, so it holds up no reader of the log however long it takes.
 */
export async function compareVersions(
  pool: pg.Pool,
  projection: Projection,
  versions: { readonly live: number; readonly next: number },
): Promise<readonly Difference[]> {
  const compared = projection.tables.map((table) => ({
    live: versionTable(table, versions.live),
    next: versionTable(table, versions.next),
    kept: {
      live: keptRows(projection, table, versions.live),
      next: keptRows(projection, table, versions.next),
    },
  }));
  return await withConnection(pool, (client) =>
    withoutTimeouts(client, async () => {
      await client.query('begin read only');
      const differences: Difference[] = [];
      for (const tables of compared) differences.push(...(await compareTables(client, tables)));
      await client.query('commit');
      return differences;
    }),
  );
}

interface Tables {
  readonly live: string;
  readonly next: string;
  /** The rows of both that count. */
  readonly kept: { readonly live: string; readonly next: string };
}

async function compareTables(client: pg.PoolClient, tables: Tables): Promise<Difference[]> {
  const columns = await commonColumns(client, tables);
  if (columns.length === 0) {
    return [{ table: tables.next, what: 'rows', live: 'other columns', next: '', examples: [] }];
  }
  const whole = [`row(${columns.join(', ')})`];
  const live = await checksums(client, tables.kept.live, whole);
  const next = await checksums(client, tables.kept.next, whole);
  if (live.join() === next.join()) return [];
  const examples = await examplesOf(client, tables, columns);
  if (live[0] !== next[0]) {
    const [count = ''] = live;
    return [{ table: tables.next, what: 'rows', live: count, next: next[0] ?? '', examples }];
  }
  return differingColumns(client, tables, { columns, examples });
}

async function differingColumns(
  client: pg.PoolClient,
  tables: Tables,
  { columns, examples }: { columns: readonly string[]; examples: readonly string[] },
): Promise<Difference[]> {
  const live = await checksums(client, tables.kept.live, columns);
  const next = await checksums(client, tables.kept.next, columns);
  const differing = columns.filter((_, index) => live[index + 1] !== next[index + 1]);
  // The same values, but in other rows: every column by itself agrees.
  const named = differing.length === 0 ? ['(the order of values)'] : differing;
  return named.map((column) => {
    const index = columns.indexOf(column) + 1;
    return {
      table: tables.next,
      what: 'column',
      column,
      live: live[index] ?? '',
      next: next[index] ?? '',
      examples,
    };
  });
}

/** The count of rows, then a sum of hashes for each expression. Table and columns come from our own schema. */
async function checksums(
  client: pg.PoolClient,
  table: string,
  expressions: readonly string[],
): Promise<readonly string[]> {
  const sums = expressions.map(
    (expression) => `coalesce(sum(hashtextextended((${expression})::text, 0)), 0)::text`,
  );
  const { rows } = await client.query<string[]>({
    text: `select count(*)::text, ${sums.join(', ')} from ${table}`,
    rowMode: 'array',
  });
  return rows[0] ?? [];
}

/** Those that have another type by now have nothing to compare. */
async function commonColumns(client: pg.PoolClient, tables: Tables): Promise<readonly string[]> {
  const { rows } = await client.query<{ column: string }>(
    `select quote_ident(column_name) as column from information_schema.columns
      where table_schema = current_schema() and table_name = any($1)
      group by column_name, data_type having count(*) = 2 order by min(ordinal_position)`,
    [[tables.live, tables.next]],
  );
  return rows.map((row) => row.column);
}

/** The first column of every table is its key, or the first part of it. */
async function examplesOf(
  client: pg.PoolClient,
  tables: Tables,
  columns: readonly string[],
): Promise<readonly string[]> {
  const list = columns.join(', ');
  const { rows } = await client.query<[string]>({
    text: `select ${columns[0]}::text from (
             (select ${list} from ${tables.kept.live} except all select ${list} from ${tables.kept.next})
           ) as differing limit ${EXAMPLES_MAX}`,
    rowMode: 'array',
  });
  return rows.map(([key]) => key);
}
