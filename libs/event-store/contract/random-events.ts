import { newEventId } from '../../platform/ids.js';
import type { EventMetadata, Json, JsonObject, LogFilter, NewEvent } from '../event-store.js';

/** A whole number below the bound. */
export type Choose = (bound: number) => number;

export function pick<T>(choose: Choose, list: readonly T[]): T {
  return list[choose(list.length)] as T; // reason: the index is below the length, and no list here is empty
}

export function oneIn(choose: Choose, times: number): boolean {
  return choose(times) === 0;
}

/**
 * What a store may take for one another or for something else: case, patterns of `like`, letters in one or two parts, order
 * by UTF-16 or by bytes, quoting, arrays and null of SQL, length.
 */
const NAMES = [
  ...['pay-a', 'PAY-a', 'pay_', 'x'.repeat(150), 'pay%', '\u00e9'.repeat(150), 'pay-\u{1f600}'],
  ...['pay-\ufffd', 'pay-\u00e9', 'pay-e\u0301', ' x ', 'pay-"q\\', "o'clock", '{a,b}', 'NULL'],
];
const SINGLE_STREAMS = 200;

/** The first names most often, so that writers meet and streams grow; and some that hardly anybody else has. */
export function randomStream(choose: Choose, tag: string): string {
  if (oneIn(choose, 5)) return `single-${tag}-${choose(SINGLE_STREAMS)}`;
  const nth = Math.min(choose(NAMES.length), choose(NAMES.length));
  return `${NAMES[nth]}-${tag}`;
}

const PREFIXES: readonly (readonly string[])[] = [
  ...[['pay-'], ['pay-', 'pay'], ['pay_'], ['x', '\u00e9\u00e9'], ['PAY-', ' ', '{'], ['single-']],
  ...[['no such prefix'], []],
];

/** Undefined for all that there is. */
export function randomFilter(choose: Choose): LogFilter | undefined {
  return oneIn(choose, 3) ? undefined : { streamPrefixes: pick(choose, PREFIXES) };
}

const LONG_BATCH_EVENTS = 40;
const LARGE_TEXT_CHARS = 150_000;
const TYPES = ['Tested', 'T\u00e4sted', 'a b', 'x'.repeat(200)];

export function randomEvents(choose: Choose): readonly NewEvent[] {
  if (oneIn(choose, 40)) {
    return Array.from({ length: LONG_BATCH_EVENTS }, () => randomEvent(choose));
  }
  const [first, ...others] = Array.from({ length: 1 + choose(4) }, () => randomEvent(choose));
  if (first === undefined) return others;
  if (!oneIn(choose, 40)) return [first, ...others];
  const text = pick(choose, ['x', '\u00fc', '"', '\u{1f4b6}']).repeat(LARGE_TEXT_CHARS);
  return [{ ...first, data: { text } }, ...others];
}

export function randomEvent(choose: Choose): NewEvent {
  return {
    id: newEventId(),
    type: pick(choose, TYPES),
    version: 1 + choose(3),
    data: randomObject(choose, 0),
    metadata: randomMetadata(choose),
  };
}

function randomMetadata(choose: Choose): Omit<EventMetadata, 'hash'> {
  const called = oneIn(choose, 2);
  return {
    at: '2025-01-01T00:00:00.000Z',
    correlationId: pick(choose, TEXTS),
    causationId: `${choose(1_000_000)}`,
    actor: pick(choose, ['system:contract', 'merchant:\u6f22']),
    ...(called && { idempotency: `k${choose(100)}`, requestHash: 'key:00' }),
    ...(oneIn(choose, 4) && { answers: ['a', 'b'] }),
  };
}

const DEPTH_MAX = 3;
const FIELDS_MAX = 5;
/** Some look like places in an array or belong to every object. */
const FIELDS = [
  ...['amount', '10', '2', '0', '-1', '', ' ', 'hash', '__proto__', 'constructor', 'toJSON'],
  ...['k"\\', "o'clock, {a,b}", '\u043a\u043b\u044e\u0447', '\u{1f511}', '\ue000', 'length'],
];
const TEXTS = [
  ...['', '10.00', 'NULL', '\\u0000', '\\', '"', "''", '{}', '\u2028\u2029', '\ufeff', '\uffff'],
  ...['\u0001\u0007\u001f\u007f', '\n\r\t', '\u00e9', 'e\u0301', '\u6f22\u5b57', '\u{1f4b6}'],
  ...['\u202e abc', '2025-01-01T00:00:00.000Z', '12345678901234567890.00'],
];
const NUMBERS = [
  ...[0, 1, -1, 0.1, 1e-7, 5e-324, 1e21, 1.7976931348623157e308, 123456789012345680000],
  ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, -0.30000000000000004],
];

function randomObject(choose: Choose, depth: number): JsonObject {
  const fields = Array.from({ length: choose(FIELDS_MAX) }, (): [string, Json] => [
    pick(choose, FIELDS),
    randomJson(choose, depth + 1),
  ]);
  // Unlike an assignment, this makes `__proto__` a field as any other.
  return Object.fromEntries(fields);
}

function randomJson(choose: Choose, depth: number): Json {
  const kind = choose(depth < DEPTH_MAX ? 8 : 6);
  if (kind < 2) return pick(choose, TEXTS);
  if (kind < 4) return pick(choose, NUMBERS);
  if (kind < 6) return pick(choose, [true, false, null]);
  if (kind === 6) return randomObject(choose, depth);
  return Array.from({ length: choose(4) }, () => randomJson(choose, depth + 1));
}
