import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { Evidence, Violation } from './evidence.js';
import { isSettled, type Sent, type SettledSent } from './sent-calls.js';

/** Where calls stand in the streams, by the hash of their key. */
export interface RecordedCalls {
  readonly openings: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly answers: ReadonlyMap<string, readonly RecordedEvent[]>;
}

export function recordedCalls(streams: Evidence['streams']): RecordedCalls {
  const openings = new Map<string, RecordedEvent[]>();
  const answers = new Map<string, RecordedEvent[]>();
  const note = (calls: Map<string, RecordedEvent[]>, keyHash: string, event: RecordedEvent) => {
    calls.set(keyHash, [...(calls.get(keyHash) ?? []), event]);
  };
  for (const events of streams.values()) {
    for (const event of events) {
      const { idempotency, answers: answered = [] } = event.metadata;
      if (idempotency !== undefined) note(openings, idempotency, event);
      for (const keyHash of answered) note(answers, keyHash, event);
    }
  }
  return { openings, answers };
}

/** Calls that stand in a stream and were sent by nobody. */
export function unaskedCalls(
  { openings }: RecordedCalls,
  sent: ReadonlyMap<string, unknown>,
): readonly Violation[] {
  return [...openings].flatMap(([keyHash, [opening]]) => {
    if (sent.has(keyHash)) return [];
    const { type = '', stream = '', revision = 0 } = opening ?? {};
    return [{ rule: 'nobody asked', where: `${stream} revision ${revision}`, message: type }];
  });
}

/** Holds every sending of one call against the streams, and against each other. */
export function checkCall(
  keyHash: string,
  sendings: readonly Sent[],
  recorded: RecordedCalls,
): readonly Violation[] {
  const [first] = sendings;
  if (first === undefined) return [];
  const openings = recorded.openings.get(keyHash) ?? [];
  const answers = recorded.answers.get(keyHash) ?? [];
  const where = placeOf(first, openings);
  // A confirm that learns nothing is answered without an event, and decided anew.
  const confirms = first.call.path.endsWith('/confirm');
  const found: Violation[] = [];
  const add = (rule: Violation['rule'], message: string) => found.push({ rule, where, message });

  if (openings.length > 1 || answers.length > 1) {
    add('a call was done twice', `${openings.length} openings, ${answers.length} answers`);
  }
  const elsewhere = openings.find(({ stream }) => stream !== (first.call.stream ?? stream));
  if (elsewhere !== undefined) {
    add('a call was done twice', `it opened ${elsewhere.stream}, not ${first.call.stream}`);
  }
  if (openings.length > 0 && answers.length === 0) {
    add('a call is not at rest', 'it was opened, and nothing answers it');
  }
  if (confirms) return found;

  const settled = sendings.filter(isSettled);
  for (const { op, outcome } of settled) {
    const answer = answers.find(({ revision }) => revision === outcome.revision);
    if (answer === undefined || openings.length === 0) {
      const text = `operation ${op} was answered ${outcome.status}, revision ${outcome.revision}`;
      add('a 2xx was lost', `${text}, and the stream has no such call`);
    }
  }
  for (const message of contradictions(settled)) add('answers contradict', message);
  for (const message of forgotten(sendings)) add('an answer was forgotten', message);
  const refused = sendings.every((sent) => sent.outcome?.type === 'fail' && !isSettled(sent));
  if (refused && openings.length > 0) {
    add('a refused call was done', `all ${sendings.length} answers refuse it, the stream has it`);
  }
  return found;
}

function contradictions(settled: readonly SettledSent[]): readonly string[] {
  const [first, ...others] = settled;
  if (first === undefined) return [];
  return others
    .filter(({ outcome: { status, body } }) => {
      return status !== first.outcome.status || body !== first.outcome.body;
    })
    .map((other) => `${answerText(first)}, ${answerText(other)}`);
}

function answerText({ op, outcome }: Sent): string {
  return `operation ${op} got ${outcome?.status} ${outcome?.body}`;
}

/** What says something about the call: 429 does not look at it, and 5xx could not. */
function isRefusal(status: number | null | undefined): boolean {
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
}

/** Once a client has its answer, a later sending can't be refused any more, nor told that the call still runs. */
function forgotten(sendings: readonly Sent[]): readonly string[] {
  const ends = sendings.filter(isSettled).map(({ outcome }) => outcome.endedAt);
  const firstEnd = Math.min(...ends);
  return sendings
    .filter((sent) => sent.invokedAt > firstEnd && !isSettled(sent))
    .filter(({ outcome }) => isRefusal(outcome?.status))
    .map((sent) => `${answerText(sent)} after the call was answered`);
}

function placeOf({ call }: Sent, openings: readonly RecordedEvent[]): string {
  const { stream = call.stream ?? 'no stream' } = openings[0] ?? {};
  return `${call.method} ${call.path} with key ${call.key}, ${stream}`;
}
