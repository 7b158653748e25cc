/**
 * Arrays in Postgres' binary form (array_send): the text form would escape every quote of the JSON, and be parsed again.
 */
const HEADER_BYTES = 20;
const OID = { boolean: 16, integer: 23, text: 25, uuid: 2950 } as const;

export function integerArray(values: readonly number[]): Buffer {
  const buffer = fixed(OID.integer, 4, values.length);
  values.forEach((value, index) => buffer.writeInt32BE(value, HEADER_BYTES + index * 8 + 4));
  return buffer;
}

export function booleanArray(values: readonly boolean[]): Buffer {
  const buffer = fixed(OID.boolean, 1, values.length);
  values.forEach((value, index) => buffer.writeUInt8(value ? 1 : 0, HEADER_BYTES + index * 5 + 4));
  return buffer;
}

export function uuidArray(values: readonly string[]): Buffer {
  const buffer = fixed(OID.uuid, 16, values.length);
  values.forEach((value, index) => {
    buffer.write(value.replaceAll('-', ''), HEADER_BYTES + index * 20 + 4, 'hex');
  });
  return buffer;
}

export function textArray(values: readonly string[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + Buffer.byteLength(value);
  const buffer = Buffer.allocUnsafe(bytes);
  header(buffer, OID.text, values.length);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = buffer.write(value, offset + 4);
    buffer.writeInt32BE(length, offset);
    offset += 4 + length;
  }
  return buffer;
}

function header(buffer: Buffer, oid: number, length: number): void {
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(0, 4); // no nulls
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
}

function fixed(oid: number, width: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + width));
  header(buffer, oid, length);
  for (let index = 0; index < length; index++) {
    buffer.writeInt32BE(width, HEADER_BYTES + index * (4 + width));
  }
  return buffer;
}
