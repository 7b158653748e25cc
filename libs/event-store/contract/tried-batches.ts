import {
  ChainBroken,
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type EventStore,
  type ExpectedHead,
  type NewEvent,
  type Position,
} from '../event-store.js';
import { InvalidBatch } from '../hash-chain.js';

/** What the store told of one append. */
export type Answer =
  | { readonly told: 'stored'; readonly appended: Appended }
  | (Refusal & {
      /** Where the stream surely stood when the append was sent. */
      readonly atLeast: number;
    })
  | { readonly told: 'away' | 'unknown' };

type Refusal =
  | { readonly told: 'conflict'; readonly actual: number }
  | { readonly told: 'other hash' | 'invalid' };

/** Some events, sent once or oftener, always behind the same head, and what was told each time. */
export interface TriedBatch {
  readonly stream: string;
  readonly expected: ExpectedHead;
  readonly events: readonly NewEvent[];
  readonly answers: Answer[];
}

/** All that was tried, and how far each stream was told to reach. */
export class TriedBatches {
  readonly all: TriedBatch[] = [];
  /** Places in the log that somebody knows. */
  readonly positions: Position[];
  private readonly reached = new Map<string, number>();

  constructor(readonly start: Position) {
    this.positions = [start];
  }

  /** Revision that somebody was told of already; -1 where nobody was. */
  toldRevision(stream: string): number {
    return this.reached.get(stream) ?? -1;
  }

  plan(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): TriedBatch {
    const batch: TriedBatch = { stream, expected, events, answers: [] };
    this.all.push(batch);
    return batch;
  }

  /** @throws what no append may throw */
  async send(store: EventStore, batch: TriedBatch): Promise<Answer> {
    const { stream, expected, events } = batch;
    const atLeast = this.toldRevision(stream);
    const answer = await store.append(stream, expected, events).then(
      (appended): Answer => ({ told: 'stored', appended }),
      (error: unknown) => refusal(error, atLeast),
    );
    batch.answers.push(answer);
    if (answer.told === 'stored') {
      this.positions.push(answer.appended.position);
      this.reached.set(stream, Math.max(this.toldRevision(stream), answer.appended.revision));
    }
    return answer;
  }
}

function refusal(error: unknown, atLeast: number): Answer {
  if (error instanceof WrongRevision) {
    return { told: 'conflict', actual: numberOf(error.actual), atLeast };
  }
  if (error instanceof ChainBroken) return { told: 'other hash', atLeast };
  if (error instanceof InvalidBatch) return { told: 'invalid', atLeast };
  if (error instanceof StoreUnavailable) return { told: 'away' };
  if (error instanceof OutcomeUnknown) return { told: 'unknown' };
  throw error;
}

function numberOf(revision: number | 'no stream'): number {
  return revision === 'no stream' ? -1 : revision;
}

/** Revision of the head that the batch goes behind; -1 for no stream. */
export function expectedRevision({ expected }: TriedBatch): number {
  return expected === 'no stream' ? -1 : expected.revision;
}

export function storedAnswers(batch: TriedBatch): readonly Appended[] {
  return batch.answers.flatMap((answer) => (answer.told === 'stored' ? [answer.appended] : []));
}

/** Whether it was told that the batch can never be stored: its place is taken, or it fits into none. */
export function isLost({ answers }: TriedBatch): boolean {
  return answers.some(({ told }) => /^(conflict|other hash|invalid)$/.test(told));
}

/** An append without an answer, or one that came too late, and nothing told since. */
export function isOpen(batch: TriedBatch): boolean {
  const unknown = batch.answers.some(({ told }) => told === 'unknown');
  return unknown && storedAnswers(batch).length === 0 && !isLost(batch);
}
