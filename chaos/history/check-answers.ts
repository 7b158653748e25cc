import { isDeepStrictEqual } from 'node:util';
import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import type { Evidence, Violation } from './evidence.js';
import type { Sent } from './sent-calls.js';

/** The payment that an answer shows, whole. */
interface Shown {
  readonly id: string;
  readonly revision: number;
}

/** Each payment that was shown to a client must be what its stream says at that revision. */
export function checkAnswers(
  sendings: Iterable<Sent>,
  streams: Evidence['streams'],
): readonly Violation[] {
  const violations: Violation[] = [];
  /** Equal answers are looked at once. */
  const known = new Map<string, readonly string[]>();
  for (const { op, call, outcome } of sendings) {
    if (outcome?.type !== 'ok' || outcome.body === null) continue;
    const { body } = outcome;
    let faults = known.get(body);
    if (faults === undefined) {
      faults = shownIn(body).flatMap((shown) => {
        return faultOf(shown, streams.get(`payment-${shown.id}`) ?? []) ?? [];
      });
      known.set(body, faults);
    }
    const where = `operation ${op}, ${call.method} ${call.path}`;
    for (const message of faults) {
      violations.push({ rule: 'an answer is not what the stream says', where, message });
    }
  }
  return violations;
}

/** One of a payment's own answer, or those of a list. */
function shownIn(body: string): readonly Shown[] {
  const answer = JSON.parse(body) as { readonly data?: unknown }; // reason: what is no payment is left out
  const items: readonly unknown[] = Array.isArray(answer.data) ? answer.data : [answer];
  return items.filter(isPayment);
}

function isPayment(item: unknown): item is Shown {
  if (typeof item !== 'object' || item === null) return false;
  return 'id' in item && 'revision' in item && 'status' in item && typeof item.id === 'string';
}

function faultOf(shown: Shown, events: readonly RecordedEvent[]): string | null {
  const payment = foldPayment(events.filter(({ revision }) => revision <= shown.revision));
  if (payment === null) return 'there is no such stream';
  if (payment.revision !== shown.revision) return `the stream ends at ${payment.revision}`;
  const recorded: unknown = JSON.parse(JSON.stringify(viewOf(payment)));
  if (isDeepStrictEqual(recorded, shown)) return null;
  return `answered ${JSON.stringify(shown)}, recorded ${JSON.stringify(recorded)}`;
}

/** A read that began after an answer ended shows at least what that answer did. */
export function checkReads(sendings: readonly Sent[]): readonly Violation[] {
  const shown = sendings.flatMap(({ op, invokedAt, outcome, call }) => {
    const { stream } = call;
    if (outcome?.type !== 'ok' || outcome.revision === null || stream === null) return [];
    const { endedAt, revision } = outcome;
    return [{ op, invokedAt, endedAt, revision, stream, isRead: call.method === 'GET' }];
  });
  return [...byStream(shown).values()].flatMap((answers) => {
    const ended = answers.toSorted((one, other) => one.endedAt - other.endedAt);
    const reads = answers
      .filter(({ isRead }) => isRead)
      .toSorted((one, other) => one.invokedAt - other.invokedAt);
    let next = 0;
    let highest = -1;
    return reads.flatMap(({ op, invokedAt, revision, stream }) => {
      for (let one = ended[next]; one !== undefined && one.endedAt < invokedAt; one = ended[next]) {
        highest = Math.max(highest, one.revision);
        next += 1;
      }
      if (revision >= highest) return [];
      const message = `operation ${op} shows revision ${revision} after ${highest} was shown`;
      return [{ rule: 'a read went back' as const, where: stream, message }];
    });
  });
}

function byStream<Item extends { readonly stream: string }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const { stream } = item;
    const others = groups.get(stream);
    if (others === undefined) groups.set(stream, [item]);
    else others.push(item);
  }
  return groups;
}
