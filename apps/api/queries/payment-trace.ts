import type { RecordedEvent } from '../../../libs/event-store/event-store.js';
import type { LogPositions } from '../http/positions.js';

/** The tree of causes of a stream's events, each behind the event that caused it, siblings in the stream's order. */
export function traceOf(events: readonly RecordedEvent[], positions: LogPositions) {
  const own = new Set(events.map(({ id }) => id));
  const caused = new Map<string, RecordedEvent[]>();
  const roots: RecordedEvent[] = [];
  for (const event of events) {
    const { causationId } = event.metadata;
    // Some events name themselves as their cause: nothing came before them.
    if (!own.has(causationId) || causationId === event.id) roots.push(event);
    else caused.set(causationId, [...(caused.get(causationId) ?? []), event]);
  }
  // A stack and not a recursion: a chain of causes may be as long as the stream.
  const open = roots.map((event) => ({ event, depth: 0 })).reverse();
  const data = [];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { event, depth } = node;
    const { id, type, revision, position, metadata } = event;
    const { at, actor, correlationId, causationId } = metadata;
    data.push({
      id,
      type,
      revision,
      position: positions.format(position),
      at,
      actor,
      correlation_id: correlationId,
      cause: { kind: depth === 0 ? 'request' : 'event', id: causationId },
      depth,
    });
    const children = caused.get(id) ?? [];
    for (const child of children.toReversed()) open.push({ event: child, depth: depth + 1 });
  }
  return data;
}
