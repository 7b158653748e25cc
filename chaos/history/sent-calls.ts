import type { Call, HistoryLine, Outcome } from './history.js';

export interface EndedOutcome extends Outcome {
  /** Place in the history. */
  readonly endedAt: number;
}

/** One sending of a call, and what came of it. */
export interface Sent {
  readonly op: number;
  readonly call: Call;
  /** Place in the history. */
  readonly invokedAt: number;
  /** Null: it never ended. */
  readonly outcome: EndedOutcome | null;
}

/** All sendings, by their call: those with one key belong together. Reads stand for themselves. */
export function sentCalls(lines: readonly HistoryLine[]): {
  readonly byKeyHash: ReadonlyMap<string, readonly Sent[]>;
  readonly reads: readonly Sent[];
} {
  const outcomes = new Map<number, EndedOutcome>();
  lines.forEach((line, endedAt) => {
    if (line.type !== 'invoke') outcomes.set(line.op, { ...line, endedAt });
  });
  const byKeyHash = new Map<string, Sent[]>();
  const reads: Sent[] = [];
  lines.forEach((line, invokedAt) => {
    if (line.type !== 'invoke') return;
    const { op, call } = line;
    const sent = { op, call, invokedAt, outcome: outcomes.get(op) ?? null };
    if (call.keyHash === null) {
      reads.push(sent);
      return;
    }
    const others = byKeyHash.get(call.keyHash);
    if (others === undefined) byKeyHash.set(call.keyHash, [sent]);
    else others.push(sent);
  });
  return { byKeyHash, reads };
}

export interface SettledSent extends Sent {
  readonly outcome: EndedOutcome;
}

/** Got an answer that an event stands behind: 2xx, or a decline that is recorded. */
export function isSettled(sent: Sent): sent is SettledSent {
  const { outcome } = sent;
  return outcome?.type === 'ok' || (outcome?.type === 'fail' && outcome.revision !== null);
}
