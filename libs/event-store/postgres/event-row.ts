import {
  EventUnreadable,
  type EventMetadata,
  type JsonObject,
  type Position,
  type RecordedEvent,
} from '../event-store.js';

/** A row of the log, its columns in this order; a query may add columns of its own. */
export type EventRow = [
  transaction: string,
  place: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  data: string,
  metadata: string,
];

/** @throws EventUnreadable */
export function toEvent(
  row: readonly [...EventRow, ...unknown[]],
  position: Position,
): RecordedEvent {
  const [, , stream, revision, id, type, version, data, metadata] = row;
  try {
    return {
      id,
      position,
      stream,
      revision,
      type,
      version,
      // Written by append, which serialised exactly these types.
      data: JSON.parse(data) as JsonObject,
      metadata: JSON.parse(metadata) as EventMetadata,
    };
  } catch (cause) {
    throw new EventUnreadable({ stream, revision, position }, { cause });
  }
}
