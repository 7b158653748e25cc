import fc from 'fast-check';
import {
  JSON_DEPTH_MAX,
  JSON_ITEMS_MAX,
  JSON_PROPERTIES_MAX,
  JSON_TEXT_CHARS_MAX,
  JsonRefused,
  parseStrictJson,
} from './strict-json.js';

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text));
}

function refusal(text: string | Buffer): JsonRefused {
  try {
    parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text);
  } catch (error) {
    if (error instanceof JsonRefused) return error;
    throw error;
  }
  throw new Error('the text was taken');
}

const integers = fc.maxSafeInteger().map((value) => (value === 0 ? 0 : value));
const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const names = texts.filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    integers,
    texts,
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('value'), { maxLength: 5 }),
  object: fc.dictionary(names, tie('value'), { maxKeys: 5 }),
}));

describe('parseStrictJson', () => {
  it('gives what JSON.parse gives, for every value that it takes', () => {
    fc.assert(
      fc.property(values, fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no text that JSON.parse refuses', () => {
    const damage = fc.record({
      value: values,
      at: fc.nat(),
      by: fc.string({ maxLength: 2 }),
      cut: fc.nat(2),
    });
    fc.assert(
      fc.property(damage, ({ value, at, by, cut }) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        const cutOut = text.slice(0, place) + by + text.slice(place + cut);
        // Through bytes: where the cut left half a character, both read the same replacement.
        const damaged = Buffer.from(cutOut).toString();
        let taken: unknown;
        try {
          taken = parse(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonRefused);
          return;
        }
        const withoutMinusZero = (_name: string, inner: unknown) => (inner === 0 ? 0 : inner);
        expect(taken).toEqual(JSON.parse(damaged, withoutMinusZero));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"a":{"b":[0,{"c":1,"\\u0063":1}]}}', '/a/b/1/c'],
    ['{"__proto__":1}', '/__proto__'],
    ['{"a":{"constructor":{}}}', '/a/constructor'],
    ['{"prototype":1}', '/prototype'],
    ['{"a":1e400}', '/a'],
    ['{"a":1.5}', '/a'],
    ['{"a":1e2}', '/a'],
    ['{"a":9007199254740992}', '/a'],
    ['{"a":-9007199254740993}', '/a'],
    ['{"a":"\\ud800"}', '/a'],
    ['{"a":"\\u0000"}', '/a'],
    ['{"a/b~c":[true,1.5]}', '/a~1b~0c/1'],
  ])('refuses %s and says where', (text, pointer) => {
    expect(refusal(text).pointer).toBe(pointer);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['a word', 'NaN'],
    ['Infinity', '{"a":Infinity}'],
    ['a number with a leading zero', '[01]'],
    ['a plus sign', '[+1]'],
    ['a number without end', '[1.]'],
    ['a hex number', '[0x10]'],
    ['a comma too many', '[1,]'],
    ['a comma too many in an object', '{"a":1,}'],
    ['a name without quotes', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{} // x'],
    ['two documents', '{}{}'],
    ['an open object', '{"a":1'],
    ['an open text', '"a'],
    ['an escape that does not exist', '"\\x41"'],
    ['a short escape', '"\\u12"'],
    ['a line break in a text', '"a\nb"'],
    ['a byte order mark', '\ufeff{}'],
    ['another kind of space', '\u00a0{}'],
  ])('refuses %s', (_what, text) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(refusal(text).fault).toBe('the body is not valid JSON');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(refusal(Buffer.from([0x22, 0xff, 0x22])).fault).toMatch(/UTF-8/);
    // An encoded surrogate is no UTF-8 either.
    expect(refusal(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).fault).toMatch(/UTF-8/);
  });

  it('bounds depth, properties, items and texts', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const object = (size: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: size }, (_, at) => [`p${at}`, at])));
    expect(parse(nested(JSON_DEPTH_MAX))).toBeDefined();
    expect(refusal(nested(JSON_DEPTH_MAX + 1)).fault).toMatch(/deeper/);
    expect(refusal(nested(30_000)).fault).toMatch(/deeper/);
    expect(parse(object(JSON_PROPERTIES_MAX))).toBeDefined();
    expect(refusal(object(JSON_PROPERTIES_MAX + 1)).fault).toMatch(/properties/);
    expect(refusal(JSON.stringify(Array(JSON_ITEMS_MAX + 1).fill(0))).fault).toMatch(/items/);
    expect(refusal(JSON.stringify('x'.repeat(JSON_TEXT_CHARS_MAX + 1))).fault).toMatch(/text/);
  });

  it('takes rates and weights with a few decimals where it is told so, and nothing else', () => {
    const decimals = (text: string) => parseStrictJson(Buffer.from(text), 'decimals');
    expect(decimals('{"percent":1.4,"weight":0.000001,"fixed":10}')).toEqual({
      percent: 1.4,
      weight: 0.000001,
      fixed: 10,
    });
    for (const text of ['0.0000001', '1e2', '1.5e1', '9007199254740992', '9007199254740991.5']) {
      expect(() => decimals(text)).toThrow(JsonRefused);
    }
  });

  it('leaves Object.prototype as it is', () => {
    refusal('{"__proto__":{"polluted":true}}');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
