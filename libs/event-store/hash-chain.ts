import { hash as digest } from 'node:crypto';
import { canonicalJson, NotJson } from './canonical-json.js';
import type {
  EventMetadata,
  ExpectedHead,
  NewEvent,
  Position,
  RecordedEvent,
  StreamHead,
} from './event-store.js';

/** An event with its place in its stream and its hash, before the log gave it a position. */
export type ChainedEvent = Omit<RecordedEvent, 'position'>;

/** The batch itself is wrong, nothing was sent: a bug of the caller, never a matter of state. */
export class InvalidBatch extends TypeError {
  readonly code = 'INVALID_BATCH';
}

/** Most bytes of one append, all events together (the limit of EventStoreDB, kept by every adapter). */
export const APPEND_BYTES_MAX = 1024 * 1024;
const STREAM_CHARS_MAX = 200;
const TYPE_CHARS_MAX = 200;
/** The stream in which an adapter keeps what it has to know about the log itself. */
export const LOG_STREAM = 'tillstream-log';

/**
 * Places the events behind `expected` and chains them by hash. Checks the whole batch first.
 * @throws InvalidBatch
 */
export function chain(
  stream: string,
  expected: ExpectedHead,
  events: readonly NewEvent[],
): readonly ChainedEvent[] {
  checkStream(stream);
  checkExpected(expected);
  if (events.length === 0) throw new InvalidBatch(`${stream}: an append needs an event`);
  checkIds(stream, events);
  const chained: ChainedEvent[] = [];
  let revision = expected === 'no stream' ? 0 : expected.revision + 1;
  let previousHash = expected === 'no stream' ? '' : expected.hash;
  let bytes = 0;
  for (const event of events) {
    checkEvent(stream, event);
    const link = linkTo(previousHash, { stream, revision }, event);
    bytes += link.bytes;
    if (bytes > APPEND_BYTES_MAX) {
      throw new InvalidBatch(`${stream}: the batch is larger than ${APPEND_BYTES_MAX} bytes`);
    }
    chained.push(link.event);
    revision += 1;
    previousHash = link.event.metadata.hash;
  }
  return chained;
}

/** Where a chain does not hold. `events` are the stream's, in order. */
export interface ChainFault {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly fault: 'other revision' | 'other stream' | 'other hash' | 'not json';
}

/**
 * Checks events as they are stored (before any upcasting) behind the given head; by default a whole stream.
 * Gives the first fault, or null. A removed tail can't be seen here: there are other witnesses for it.
 */
export function verifyChain(
  events: readonly RecordedEvent[],
  after: ExpectedHead = 'no stream',
): ChainFault | null {
  const stream = events[0]?.stream;
  let head = after;
  for (const event of events) {
    const fault = faultOf(event, stream, head);
    if (fault !== null) {
      const { revision, position } = event;
      return { stream: event.stream, revision, position, fault };
    }
    head = headOf(event);
  }
  return null;
}

/** The hash that the event must carry behind the given one (`''` for the first event of a stream). */
export function hashOf(previousHash: string, event: ChainedEvent): string {
  return digest('sha256', canonicalForm(previousHash, event, unhashed(event.metadata)), 'hex');
}

export function headOf(event: ChainedEvent): StreamHead {
  return { revision: event.revision, hash: event.metadata.hash };
}

type Unhashed = Omit<EventMetadata, 'hash'>;
type Placed = Pick<ChainedEvent, 'stream' | 'revision' | 'id' | 'type' | 'version' | 'data'>;

function linkTo(
  previousHash: string,
  { stream, revision }: { readonly stream: string; readonly revision: number },
  event: NewEvent,
): { readonly event: ChainedEvent; readonly bytes: number } {
  const { id, type, version, data } = event;
  const metadata = unhashed(event.metadata);
  const placed = { id, stream, revision, type, version, data };
  let text: string;
  try {
    text = canonicalForm(previousHash, placed, metadata);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new InvalidBatch(`${stream}: event ${id} (${type}): ${error.message}`);
  }
  const hash = digest('sha256', text, 'hex');
  const linked = { id, stream, revision, type, version, data, metadata: { ...metadata, hash } };
  // The form holds all that is stored; EventStoreDB counts the type as two bytes a character.
  return { event: linked, bytes: Buffer.byteLength(text) + type.length };
}

/** A recorded event's metadata may have been spread into a new one: its hash is never part of the new hash. */
function unhashed(metadata: Unhashed): Unhashed {
  if (!('hash' in metadata)) return metadata;
  const { hash: _hash, ...rest } = metadata;
  return rest;
}

function canonicalForm(previousHash: string, event: Placed, metadata: Unhashed): string {
  const { stream, revision, id, type, version, data } = event;
  return canonicalJson([previousHash, stream, revision, id, type, version, data, metadata]);
}

function faultOf(
  event: RecordedEvent,
  stream: string | undefined,
  head: ExpectedHead,
): ChainFault['fault'] | null {
  if (event.stream !== stream) return 'other stream';
  if (event.revision !== (head === 'no stream' ? 0 : head.revision + 1)) return 'other revision';
  try {
    const hash = hashOf(head === 'no stream' ? '' : head.hash, event);
    return hash === event.metadata.hash ? null : 'other hash';
  } catch (error) {
    if (error instanceof NotJson) return 'not json';
    throw error;
  }
}

// Lower case only: the hash covers the id as it is sent, and stores give ids back in lower case.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function checkStream(stream: string): void {
  if (stream === '' || stream.length > STREAM_CHARS_MAX) {
    throw new InvalidBatch(`a stream's name has 1 to ${STREAM_CHARS_MAX} characters`);
  }
  if (stream.startsWith('$') || stream === LOG_STREAM) {
    throw new InvalidBatch(`${stream}: this name belongs to the store`);
  }
}

function checkExpected(expected: ExpectedHead): void {
  if (expected === 'no stream') return;
  if (!Number.isSafeInteger(expected.revision) || expected.revision < 0) {
    throw new InvalidBatch(`${expected.revision} is no revision`);
  }
}

function checkIds(stream: string, events: readonly NewEvent[]): void {
  if (events.length === 1) return;
  const ids = new Set<string>();
  for (const { id } of events) {
    if (ids.has(id)) throw new InvalidBatch(`${stream}: event id ${id} stands in the batch twice`);
    ids.add(id);
  }
}

function checkEvent(stream: string, event: NewEvent): void {
  if (!UUID.test(event.id)) {
    throw new InvalidBatch(`${stream}: an event's id is a UUID in lower case, not ${event.id}`);
  }
  if (event.type === '' || event.type.length > TYPE_CHARS_MAX) {
    throw new InvalidBatch(`${stream}: an event's type has 1 to ${TYPE_CHARS_MAX} characters`);
  }
  if (!Number.isSafeInteger(event.version) || event.version < 1) {
    throw new InvalidBatch(`${stream}: ${event.version} is no version of ${event.type}`);
  }
}
