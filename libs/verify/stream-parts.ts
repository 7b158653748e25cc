/** A part of all streams, told apart by their names, so that memory can be bounded. */
export interface StreamPart {
  has(stream: string): boolean;
  /** Ids of events are of one part, too, whatever their stream. */
  hasId(uuid: string): boolean;
}

/** As many equal parts as it takes that none has many more events than `partMax`; at least one. */
export function streamParts(
  events: number,
  partMax: number,
): readonly [StreamPart, ...StreamPart[]] {
  const count = Math.max(1, Math.ceil(events / partMax));
  const part = (index: number): StreamPart => ({
    has: (stream) => count === 1 || numberOf(stream) % count === index,
    hasId: (uuid) => count === 1 || numberOf(uuid) % count === index,
  });
  return [part(0), ...Array.from({ length: count - 1 }, (_, index) => part(index + 1))];
}

/** FNV-1a: even enough for names that people and random numbers made. */
function numberOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
