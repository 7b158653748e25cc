/**
 * Arrays in Postgres' binary form (array_send): the text form would escape every quote of JSON, and be parsed again, which
 * costs more than all other work of a batch.
 */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const OID = { boolean: 16, integer: 23, text: 25, uuid: 2950 } as const;

export function integerArray(values: readonly number[]): Buffer {
  return fixed(OID.integer, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));
}

export function booleanArray(values: readonly boolean[]): Buffer {
  return fixed(OID.boolean, 1, values, (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at));
}

/** Of 32 hex digits each, with or without hyphens. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixed(OID.uuid, 16, values, (buffer, value, at) =>
    buffer.write(value.replaceAll('-', ''), at, 'hex'),
  );
}

export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) {
    bytes += LENGTH_BYTES + (value === null ? 0 : Buffer.byteLength(value));
  }
  const buffer = withHeader(OID.text, values.length, bytes);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? NULL_LENGTH : buffer.write(value, offset + LENGTH_BYTES);
    offset = buffer.writeInt32BE(length, offset) + Math.max(0, length);
  }
  return buffer;
}

/** One array a column: the values of each row in the order of the columns. */
export function textColumns(
  rows: readonly (readonly (string | null)[])[],
  columns: number,
): Buffer[] {
  return Array.from({ length: columns }, (_, column) =>
    textArray(rows.map((row) => row[column] ?? null)),
  );
}

/** Of a type whose values all take as many bytes. */
function fixed<Value>(
  oid: number,
  width: number,
  values: readonly Value[],
  put: (buffer: Buffer, value: Value, at: number) => void,
): Buffer {
  const bytes = HEADER_BYTES + values.length * (LENGTH_BYTES + width);
  const buffer = withHeader(oid, values.length, bytes);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(width, offset);
    put(buffer, value, offset);
    offset += width;
  }
  return buffer;
}

function withHeader(oid: number, length: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // may hold nulls
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
  return buffer;
}
