const HEADER_BYTES = 20;
const TEXT_OID = 25;
const NULL_LENGTH = -1;

/**
 * A text[] in Postgres' binary form (array_send). The text form would escape every quote of stored JSON and have it
 * parsed again, which costs more than all other work of a batch.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // may hold nulls
  buffer.writeInt32BE(TEXT_OID, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? NULL_LENGTH : buffer.write(value, offset + 4);
    buffer.writeInt32BE(length, offset);
    offset += 4 + Math.max(0, length);
  }
  return buffer;
}

/** One array a column, for `unnest`: the values of each row in the order of the columns. */
export function textColumns(
  rows: readonly (readonly (string | null)[])[],
  columns: number,
): Buffer[] {
  return Array.from({ length: columns }, (_, column) =>
    textArray(rows.map((row) => row[column] ?? null)),
  );
}

/** Names and types of columns, in the order of their values. */
export type Columns = readonly (readonly [name: string, type: string])[];

/**
 * Gives the rows of `textColumns`. Postgres takes arrays in a select list apart as it goes; in `from` it would lay each of
 * them down as a table of its own first.
 */
export function selectColumns(columns: Columns): string {
  const given = columns.map(([name], index) => `unnest($${index + 1}::text[]) as ${name}`);
  const cast = columns.map(([name, type]) => (type === 'text' ? name : `${name}::${type}`));
  return `select ${cast.join(', ')} from (select ${given.join(', ')}) as given`;
}
