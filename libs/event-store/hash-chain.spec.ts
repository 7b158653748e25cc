import { createHash } from 'node:crypto';
import canonicalizePackage from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson, NotJson } from './canonical-json.js';
import type { JsonObject, NewEvent, RecordedEvent } from './event-store.js';
import { APPEND_BYTES_MAX, chain, headOf, InvalidBatch, verifyChain } from './hash-chain.js';

// The package is CommonJS, its types are written as for ESM.
const canonicalize = canonicalizePackage as unknown as (value: unknown) => string | undefined;

const ID_1 = '01920000-0000-7000-8000-000000000001';
const ID_2 = '01920000-0000-7000-8000-000000000002';

function event(id: string, data: JsonObject = { amount: '10.00' }): NewEvent {
  const metadata = {
    at: '2025-01-01T00:00:00.000Z',
    correlationId: 'c',
    causationId: 'c',
    actor: 'merchant:mer_1',
  };
  return { id, type: 'PaymentInitiated', version: 1, data, metadata };
}

function recorded(): RecordedEvent[] {
  const events = [event(ID_1), event(ID_2, { amount: '2.00', order: { b: 1, a: [null, true] } })];
  return chain('payment-1', 'no stream', events).map((one) => ({
    ...one,
    position: String(one.revision).padStart(32, '0'),
  }));
}

describe('canonicalJson', () => {
  it('writes what the RFC 8785 package writes, for every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, depthSize: 'medium' }), (value) => {
        fc.pre(!JSON.stringify(value).includes('\\u0000'));
        fc.pre(!/\\ud[89a-f]/.test(JSON.stringify(value)));
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('sorts names by their UTF-16 code units, few or many of them', () => {
    for (const count of [2, 31, 32, 33, 200]) {
      const names = Array.from({ length: count }, (_, nth) =>
        nth % 5 === 0 ? `\u{1f4b6}${(nth * 7919) % 104_729}` : `ﬀ${(nth * 7919) % 104_729}`,
      );
      const value = Object.fromEntries(names.map((name, nth) => [name, nth]));
      expect(canonicalJson(value)).toBe(canonicalize(value));
      expect(canonicalJson(value)).toBe(canonicalJson(value));
    }
  });

  it('writes the numbers and the key order of RFC 8785', () => {
    const value = {
      '\u20ac': 1e21,
      '\r': 1e-7,
      '\ud83d\ude00': -0,
      '\ufb33': 0.1,
      1: 333333333.33333329,
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":1e-7,"1":333333333.3333333,"\u20ac":1e+21,"\ud83d\ude00":0,"\ufb33":0.1}',
    );
  });

  it.each([
    ['a bigint', 1n],
    ['undefined', undefined],
    ['a property that is undefined', { a: undefined }],
    ['a hole', [, 1]],
    ['NaN', NaN],
    ['Infinity', { a: -Infinity }],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a function', { toJSON: () => 1 }],
    ['a symbol', Symbol('s')],
    ['a lone surrogate', 'x\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['U+0000', '\0'],
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(NotJson);
  });

  it('refuses a circle instead of running out of stack', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => canonicalJson(circle)).toThrow(NotJson);
  });
});

describe('chain', () => {
  it('hashes what an auditor hashes with the package and ten lines', () => {
    let previous = '';
    for (const one of recorded()) {
      const { hash, ...metadata } = one.metadata;
      const { stream, revision, id, type, version, data } = one;
      const form = [previous, stream, revision, id, type, version, data, metadata];
      previous = createHash('sha256')
        .update(canonicalize(form) ?? '', 'utf8')
        .digest('hex');
      expect(hash).toBe(previous);
    }
  });

  it('continues behind the expected head', () => {
    const [first, second] = recorded();
    if (first === undefined || second === undefined) throw new Error('two events were chained');
    const { data } = second;
    const [again] = chain('payment-1', headOf(first), [event(ID_2, data)]);
    expect(again?.metadata.hash).toBe(second.metadata.hash);
  });

  it.each([
    ['no events', 'payment-1', []],
    ['an id that is no UUID', 'payment-1', [event('1')]],
    ['an id in upper case', 'payment-1', [event(ID_1.replace('0192', 'ABCD'))]],
    ['an id twice', 'payment-1', [event(ID_1), event(ID_1)]],
    ['an empty type', 'payment-1', [{ ...event(ID_1), type: '' }]],
    ['version 0', 'payment-1', [{ ...event(ID_1), version: 0 }]],
    ['an empty stream name', '', [event(ID_1)]],
    ["a system stream's name", '$all', [event(ID_1)]],
    ["the name of the log's own stream", 'tillstream-log', [event(ID_1)]],
    ['data that is no JSON', 'payment-1', [event(ID_1, { a: 1n } as unknown as JsonObject)]],
    ['U+0000', 'payment-1', [event(ID_1, { a: '\0' })]],
    ['too many bytes', 'payment-1', [event(ID_1, { a: 'ü'.repeat(APPEND_BYTES_MAX / 2) })]],
  ])('refuses %s', (_name, stream, events) => {
    expect(() => chain(stream, 'no stream', events)).toThrow(InvalidBatch);
  });

  it('refuses an expectation that is no revision', () => {
    expect(() => chain('s', { revision: -1, hash: '' }, [event(ID_1)])).toThrow(InvalidBatch);
  });
});

describe('verifyChain', () => {
  it('finds nothing in an untouched stream, whole or from its middle', () => {
    const [first, second] = recorded();
    if (first === undefined || second === undefined) throw new Error('two events were chained');
    expect(verifyChain([first, second])).toBeNull();
    expect(verifyChain([second], headOf(first))).toBeNull();
    expect(verifyChain([])).toBeNull();
  });

  it.each<[string, (events: RecordedEvent[]) => RecordedEvent[], number, string]>([
    ['altered data', ([a, b]) => [a!, { ...b!, data: { amount: '2.01' } }], 1, 'other hash'],
    [
      'another actor',
      ([a, b]) => [{ ...a!, metadata: { ...a!.metadata, actor: 'x' } }, b!],
      0,
      'other hash',
    ],
    ['a removed event', ([, b]) => [b!], 1, 'other revision'],
    ['a changed order', ([a, b]) => [b!, a!], 1, 'other revision'],
    ['another stream', ([a, b]) => [a!, { ...b!, stream: 'payment-2' }], 1, 'other stream'],
  ])('names %s', (_name, alter, revision, fault) => {
    // `!` above: recorded() gives two events.
    expect(verifyChain(alter(recorded()))).toMatchObject({ revision, fault });
  });
});
