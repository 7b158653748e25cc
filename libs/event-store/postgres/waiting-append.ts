import pg from 'pg';
import { errorCode } from '../../platform/error-code.js';
import { ChainBroken, OutcomeUnknown, WrongRevision, type Appended } from '../event-store.js';
import { InvalidBatch } from '../hash-chain.js';
import type { AppendCommand, CommandOutcome } from './append-statement.js';

export interface Waiting {
  readonly command: AppendCommand;
  readonly resolve: (result: Appended) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
  state: 'queued' | 'sent' | 'settled';
}

/** What the caller is told; `undecided` when it only stood behind another command of its stream. */
export function answerOf(
  command: AppendCommand,
  outcome: CommandOutcome | undefined,
): Appended | Error | 'undecided' {
  const { stream, expected, head } = command;
  const { revision, hash } = head;
  if (outcome === undefined) return new OutcomeUnknown('Postgres gave no outcome');
  if (outcome.outcome === 'stored') return { revision, hash, position: outcome.position };
  if (outcome.before !== null) return { revision, hash, position: outcome.before };
  const wanted = expected === 'no stream' ? expected : expected.revision;
  const actual = outcome.head?.revision ?? 'no stream';
  if (wanted !== actual) return new WrongRevision(stream, wanted, actual);
  if (expected === 'no stream' || outcome.head?.hash === expected.hash) return 'undecided';
  return new ChainBroken(stream, expected.revision);
}

export function settle(waiting: Waiting, answer: () => void): void {
  if (waiting.state === 'settled') return;
  waiting.state = 'settled';
  clearTimeout(waiting.timer);
  answer();
}

export function rejectAll(batch: readonly Waiting[], error: Error): void {
  for (const waiting of batch) settle(waiting, () => waiting.reject(error));
}

export function invalid(cause: unknown): InvalidBatch {
  const code = errorCode(cause);
  const known = code === '23505';
  return new InvalidBatch(
    known ? 'an event id of the batch is in the log already' : `Postgres can't hold it (${code})`,
    { cause },
  );
}

/** What a rolled back commit calls for. */
export function fateOf(error: unknown): 'try again' | 'one is wrong' | 'refused' {
  const code = errorCode(error) ?? '';
  if (code === '40P01' || code === '40001' || tookOurPlace(error)) return 'try again';
  // Integrity (an id that is in the log), data, and limits: made by one of the commands.
  return /^(23|22|54)/.test(code) ? 'one is wrong' : 'refused';
}

/** Another writer appended to one of the streams meanwhile; the next look sees its events. */
function tookOurPlace(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'events_of_stream';
}
