import type pg from 'pg';
import type { ExpectedHead, Position, StreamHead } from '../event-store.js';
import { headOf, type ChainedEvent } from '../hash-chain.js';
import { formatPosition } from '../position.js';

/** One append as it waits for its group commit: everything is serialised, nothing is left to fail on the way. */
export interface AppendCommand {
  readonly stream: string;
  readonly expected: ExpectedHead;
  readonly events: readonly StoredEvent[];
  /** Where the stream stands once this is stored. */
  readonly head: StreamHead;
  readonly bytes: number;
}

interface StoredEvent {
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly metadata: string;
}

export type CommandOutcome =
  | { readonly outcome: 'stored'; readonly position: Position }
  | {
      readonly outcome: 'not stored';
      readonly head: StreamHead | null;
      /** Where the same batch stands in the log already. */
      readonly before: Position | null;
    };

export function appendCommand(
  stream: string,
  expected: ExpectedHead,
  chained: readonly ChainedEvent[],
): AppendCommand {
  let bytes = 0;
  let head: StreamHead = { revision: -1, hash: '' };
  const events = chained.map((event) => {
    const { revision, id, type, version } = event;
    const data = JSON.stringify(event.data);
    const metadata = JSON.stringify(event.metadata);
    bytes += data.length + metadata.length;
    head = headOf(event);
    return { revision, id, type, version, data, metadata };
  });
  return { stream, expected, events, head, bytes };
}

/** One round trip: the outcome of each command, in their order. At most one command of a stream can be stored. */
export async function appendAll(
  client: pg.ClientBase,
  commands: readonly AppendCommand[],
): Promise<readonly CommandOutcome[]> {
  const { rows } = await client.query<AppendRow>({
    name: 'event-store-append',
    text: `select * from event_store.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    values: parameters(commands),
    rowMode: 'array',
  });
  const [first, ...lost] = rows;
  if (first === undefined) throw new Error('event_store.append answers at least one row');
  const transaction = BigInt(first[1] ?? 0);
  let place = 0;
  const outcomes: CommandOutcome[] = commands.map((command) => {
    place += command.events.length;
    return { outcome: 'stored', position: formatPosition(transaction, BigInt(place)) };
  });
  for (const row of lost) {
    const command = commands[row[0] - 1];
    if (command !== undefined) outcomes[row[0] - 1] = notStored(command, row);
  }
  return outcomes;
}

/** command, transaction, head revision and hash, then of the batch in the log: events, transaction, place, hash. */
type AppendRow = [
  number,
  string | null,
  number | null,
  string | null,
  number | null,
  string | null,
  number | null,
  string | null,
];

function notStored(command: AppendCommand, row: AppendRow): CommandOutcome {
  const [, , revision, hash, events, transaction, place, storedHash] = row;
  const head = revision === null || hash === null ? null : { revision, hash };
  // The hash covers the whole batch and what it stands behind: the same ids with other content are not the same batch.
  const same = events === command.events.length && storedHash === command.head.hash;
  const before =
    same && transaction !== null && place !== null
      ? formatPosition(BigInt(transaction), BigInt(place))
      : null;
  return { outcome: 'not stored', head, before };
}

function parameters(commands: readonly AppendCommand[]): Buffer[] {
  const seen = new Set<string>();
  const candidates = commands.map(({ stream }) => seen.size !== seen.add(stream).size);
  const expected = commands.map(({ expected: head }) => (head === 'no stream' ? null : head));
  const events = commands.flatMap((command) => command.events);
  const ofCommands = commands.flatMap((command, index) => command.events.map(() => index + 1));
  return [
    textArray(commands.map((command) => command.stream)),
    booleanArray(candidates),
    integerArray(expected.map((head) => head?.revision ?? -1)),
    textArray(expected.map((head) => head?.hash ?? '')),
    integerArray(commands.map((command) => command.head.revision)),
    textArray(commands.map((command) => command.head.hash)),
    integerArray(ofCommands),
    integerArray(events.map((event) => event.revision)),
    uuidArray(events.map((event) => event.id)),
    textArray(events.map((event) => event.type)),
    integerArray(events.map((event) => event.version)),
    textArray(events.map((event) => event.data)),
    textArray(events.map((event) => event.metadata)),
  ];
}

// Arrays in Postgres' binary form (array_send): the text form would escape every quote of the JSON, and be parsed again.
const HEADER_BYTES = 20;
const OID = { boolean: 16, integer: 23, text: 25, uuid: 2950 } as const;

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

function integerArray(values: readonly number[]): Buffer {
  const buffer = fixed(OID.integer, 4, values.length);
  values.forEach((value, index) => buffer.writeInt32BE(value, HEADER_BYTES + index * 8 + 4));
  return buffer;
}

function booleanArray(values: readonly boolean[]): Buffer {
  const buffer = fixed(OID.boolean, 1, values.length);
  values.forEach((value, index) => buffer.writeUInt8(value ? 1 : 0, HEADER_BYTES + index * 5 + 4));
  return buffer;
}

function uuidArray(values: readonly string[]): Buffer {
  const buffer = fixed(OID.uuid, 16, values.length);
  values.forEach((value, index) => {
    buffer.write(value.replaceAll('-', ''), HEADER_BYTES + index * 20 + 4, 'hex');
  });
  return buffer;
}

function textArray(values: readonly string[]): Buffer {
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
