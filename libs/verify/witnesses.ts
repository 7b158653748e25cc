import type { Position, RecordedEvent } from '../event-store/event-store.js';
import type { Findings } from './finding.js';

/** What somebody else wrote down of an event while it was there. */
export interface EventWitness {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/** A list of witnesses in the order of the log. */
export interface EventWitnesses {
  /** `last`: position of the newest; `complete`: up to here every event has one. LOG_START: there are none. */
  known(): Promise<{ readonly last: Position; readonly complete: Position }>;
  /** At most `limit` of those in (after, to], in order. */
  page(after: Position, to: Position, limit: number): Promise<readonly EventWitness[]>;
}

const WITNESSES_PAGE_MAX = 2_000;

/**
 * Every witness in (after, to] must have its event among these, and the other way round as far as they are complete:
 * removed events, a removed tail, and events that were slipped in show here.
 */
export async function checkPage(
  { witnesses, findings }: { readonly witnesses: EventWitnesses; readonly findings: Findings },
  events: readonly RecordedEvent[],
  range: { readonly after: Position; readonly to: Position; readonly complete: Position },
): Promise<void> {
  const { after, to, complete } = range;
  const unseen = new Map(events.map((event) => [event.position, event]));
  for (let from = after; from < to;) {
    const page = await witnesses.page(from, to, WITNESSES_PAGE_MAX);
    for (const witness of page) {
      const fault = faultOf(witness, unseen.get(witness.position));
      unseen.delete(witness.position);
      if (fault !== null) findings.add('removed_events', witness, fault);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < WITNESSES_PAGE_MAX) break;
    from = last.position;
  }
  for (const event of unseen.values()) {
    if (event.position > complete) continue;
    findings.add(
      'added_events',
      event,
      'was slipped in: the audit trail, which is past it, has none',
    );
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
