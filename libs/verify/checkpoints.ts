import type { EventStore, Position } from '../event-store/event-store.js';
import type { Findings } from './finding.js';

/** Up to where a follower of the log says that it has come, and in which log. */
export interface Checkpoint {
  /** Whose: `read model payment-history, version 1`. */
  readonly name: string;
  readonly logId: string;
  readonly position: Position;
}

/** Each must be of this log and not ahead of it; they must have been read before. @throws StoreUnavailable */
export async function checkCheckpoints(
  { store, findings }: { readonly store: EventStore; readonly findings: Findings },
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  const logId = await store.logId();
  const head = await store.head();
  // Some logs hold records behind the last event that a follower passes over.
  const { position: end } = await store.readAll(head, 1);
  for (const checkpoint of checkpoints) {
    const { name, position } = checkpoint;
    if (checkpoint.logId !== logId) {
      findings.add(
        'checkpoints',
        { position },
        `${name} is of the log ${checkpoint.logId}, not of ${logId}`,
      );
    } else if (position > end) {
      findings.add(
        'checkpoints',
        { position },
        `${name} is ahead of the log, which ends at ${end}`,
      );
    }
  }
}
