import { textColumns } from '../../libs/platform/binary-arrays.js';

/** Names and types of columns, in the order of their values. */
export type Columns = readonly (readonly [name: string, type: string])[];

type Values = readonly (string | null)[];

/** One array a column, for `selectColumns`: the values of each row in the order of the columns. */
export function columnArrays(rows: readonly Values[], columns: Columns): Buffer[] {
  return textColumns(rows, columns.length);
}

/**
 * Gives the rows of `columnArrays`. Postgres takes arrays in a select list apart as it goes; in `from` it would lay each
 * of them down as a table of its own first.
 */
export function selectColumns(columns: Columns): string {
  const given = columns.map(([name, type], index) => {
    return `unnest($${index + 1}::text[])${type === 'text' ? '' : `::${type}`} as ${name}`;
  });
  return `select * from (select ${given.join(', ')}) as given`;
}

/**
 * Of a table whose rows are added in the order of the log, each event's in one statement: true for a row whose event is
 * behind the newest one there. Any other is there already. That is asked once for all rows of a statement, where `on
 * conflict` would ask an index for each of them and insert it in two steps.
 */
export function behindNewest(table: string): string {
  return `coalesce(position > (select position from ${table} order by position desc limit 1), true)`;
}
