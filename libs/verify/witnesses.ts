import type { Position, RecordedEvent, StreamHead } from '../event-store/event-store.js';
import type { Findings } from './finding.js';

/** What somebody else wrote down of an event while it was there. */
export interface EventWitness {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/** The head of a stream as the log's events tell it. */
export interface KnownHead extends StreamHead {
  readonly position: Position;
}

/** A list of witnesses in the order of the log. */
export interface EventWitnesses {
  /** Position of the newest; null: there are none. */
  last(): Promise<Position | null>;
  /** At most `limit` of those in (after, to], in order. */
  page(after: Position, to: Position, limit: number): Promise<readonly EventWitness[]>;
}

const WITNESSES_PAGE_MAX = 2_000;

/** Every witness in (after, to] must have its event among these: removed events, and a removed tail, show here. */
export async function checkPage(
  { witnesses, findings }: { readonly witnesses: EventWitnesses; readonly findings: Findings },
  events: readonly RecordedEvent[],
  { after, to }: { readonly after: Position; readonly to: Position },
): Promise<void> {
  const byPosition = new Map(events.map((event) => [event.position, event]));
  for (let from = after; from < to;) {
    const page = await witnesses.page(from, to, WITNESSES_PAGE_MAX);
    for (const witness of page) {
      const fault = faultOf(witness, byPosition.get(witness.position));
      if (fault !== null) findings.add('removed_events', witness, fault);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < WITNESSES_PAGE_MAX) return;
    from = last.position;
  }
}

function faultOf(witness: EventWitness, event: RecordedEvent | undefined): string | null {
  if (event === undefined) return 'was removed: the audit trail has it, the log does not';
  if (event.stream !== witness.stream || event.revision !== witness.revision) {
    return `was moved: the log has revision ${event.revision} of ${event.stream} in its place`;
  }
  if (event.metadata.hash === witness.hash) return null;
  return 'was replaced: the audit trail has it with another hash';
}
