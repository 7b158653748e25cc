import type { EventMetadata, RecordedEvent } from '../event-store/event-store.js';
import { recordedLife } from '../testing/payment-lives.js';
import { CallBook } from './call-book.js';

type Calls = Pick<EventMetadata, 'idempotency' | 'answers'>;

const CREATE = { idempotency: 'create' };
const ANSWERED = { answers: ['create'] };
const BOTH = { answers: ['create', 'capture'] };

/** What the last of these events has wrong. */
function fault(...calls: readonly Calls[]): string | null {
  const life = recordedLife(calls.map(() => ['RetryRequested']));
  const events = life.map((event, nth): RecordedEvent => {
    return { ...event, metadata: { ...event.metadata, ...calls[nth] } };
  });
  const last = events.at(-1);
  if (last === undefined) throw new Error('there is no event to look at');
  return CallBook.of(events.slice(0, -1)).take(last);
}

describe('the calls of a payment', () => {
  it.each<[string, Calls[]]>([
    ['an event of nobody', [{}]],
    ['a call', [CREATE]],
    ['its answer', [CREATE, {}, ANSWERED]],
    ['a call that its own event answers', [{ ...CREATE, ...ANSWERED }]],
    ['two calls that one event answers', [CREATE, { idempotency: 'capture' }, BOTH]],
  ])('are in order: %s', (_name, calls) => {
    expect(fault(...calls)).toBeNull();
  });

  it.each<[string, Calls[]]>([
    ['opens the call create once more', [CREATE, CREATE]],
    ['opens the call create once more', [CREATE, ANSWERED, CREATE]],
    ['answers the call create, which was never opened', [ANSWERED]],
    ['answers the call create once more', [CREATE, ANSWERED, ANSWERED]],
    ['answers the call create once more', [ANSWERED, ANSWERED]],
    [
      'opens the call capture once more; answers the call create, which was never opened',
      [{ idempotency: 'capture' }, { idempotency: 'capture', ...ANSWERED }],
    ],
  ])('an event %s', (text, calls) => {
    expect(fault(...calls)).toBe(text);
  });
});
