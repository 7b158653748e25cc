import type { Position, RecordedEvent } from '../../../libs/event-store/event-store.js';
import type { LogPositions } from '../http/positions.js';

/** A page of events as they are stored, in the log's order; `next` null: nothing is behind it now. */
export function eventPage(
  events: readonly RecordedEvent[],
  next: Position | null,
  positions: LogPositions,
) {
  return {
    data: events.map(({ id, position, stream, revision, type, version, data, metadata }) => ({
      id,
      position: positions.format(position),
      stream,
      revision,
      type,
      version,
      data,
      metadata,
    })),
    next_cursor: next === null ? null : positions.format(next),
  };
}
