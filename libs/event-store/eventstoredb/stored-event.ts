import {
  jsonEvent,
  type AllStreamRecordedEvent,
  type RecordedEvent as Raw,
} from '@eventstore/db-client';
import type { EventMetadata, JsonObject, Position, RecordedEvent } from '../event-store.js';
import { LOG_STREAM, type ChainedEvent } from '../hash-chain.js';
import { formatPosition, InvalidPosition, parsePosition } from '../position.js';

/** The server counts bytes in signed numbers of 64 bits. */
const PLACE_MAX = 2n ** 63n - 1n;

/** What the server keeps as an event's metadata: it has no field for a version of its own. */
interface Envelope {
  readonly version: number;
  readonly metadata: EventMetadata;
}

export function toStored(event: ChainedEvent) {
  const metadata: Envelope = { version: event.version, metadata: event.metadata };
  const { id, type, data } = event;
  return jsonEvent({ id, type, data, metadata: metadata as unknown as Record<string, unknown> });
}

/** Undefined for what is not ours: the server's own events, and those of others on the same server. */
export function fromStored(raw: Raw | AllStreamRecordedEvent): RecordedEvent | undefined {
  const { streamId: stream, id, type } = raw;
  if (stream.startsWith('$') || stream === LOG_STREAM || !raw.isJson) return undefined;
  if (!isEnvelope(raw.metadata)) return undefined;
  const { version, metadata } = raw.metadata;
  const revision = Number(raw.revision);
  const position = positionOf(raw);
  // Parsed from the JSON that toStored sent.
  const data = raw.data as unknown as JsonObject;
  return { id, position, stream, revision, type, version, data, metadata };
}

/** Every recorded event comes with its position, though the types promise it for $all only. */
export function positionOf(raw: { readonly position?: LogPosition }): Position {
  if (raw.position === undefined) throw new Error('the server gave an event without its position');
  return formatPosition(raw.position.commit, raw.position.prepare);
}

export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** @throws InvalidPosition, also for what the server never gives: to ask it for that ends in an error, or at the end */
export function toLogPosition(position: Position): LogPosition {
  const { high, low } = parsePosition(position);
  if (high > PLACE_MAX || low > high) {
    throw new InvalidPosition('no event of any log stands at the position');
  }
  return { commit: high, prepare: low };
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  if (!('version' in value) || typeof value.version !== 'number') return false;
  if (!('metadata' in value) || typeof value.metadata !== 'object') return false;
  return value.metadata !== null && 'hash' in value.metadata;
}
