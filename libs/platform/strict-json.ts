import { isUtf8 } from 'node:buffer';

export const JSON_DEPTH_MAX = 16;
export const JSON_PROPERTIES_MAX = 100;
export const JSON_ITEMS_MAX = 200;
export const JSON_TEXT_CHARS_MAX = 8_192;
const JSON_DECIMAL_DIGITS_MAX = 6;

/** The bytes are no JSON that we take. `pointer` is where (RFC 6901); it holds names, never values. */
export class JsonRefused extends Error {
  readonly code = 'JSON_REFUSED';
  constructor(
    readonly fault: string,
    readonly pointer: string,
  ) {
    super(fault);
  }
}

/**
 * JSON.parse for bodies of strangers. Beyond what JSON.parse refuses: bytes that are no UTF-8, a property twice,
 * `__proto__`, `constructor` and `prototype`, numbers that are no integers or that a double can't hold exactly, U+0000
 * and lone surrogates, and anything above the bounds. Own code because no package refuses all of these, and because one
 * pass has to be enough on the path of every request.
 * @param numbers `decimals` takes a few digits behind the point too: of rates and weights, never of money
 * @throws JsonRefused
 */
export function parseStrictJson(
  bytes: Buffer,
  numbers: 'integers' | 'decimals' = 'integers',
): unknown {
  if (!isUtf8(bytes)) throw new JsonRefused('the body is not UTF-8', '');
  return new StrictJson(bytes.toString('utf8'), numbers).document();
}

const REFUSED_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
const LONE_SURROGATE = /\p{Surrogate}/u;
// Sticky: matches at lastIndex only. All characters of a string that need no closer look.
// oxlint-disable-next-line no-control-regex -- control characters are what JSON refuses here
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const PLAIN_ASCII = /[\x20\x21\x23-\x5b\x5d-\x7e]*"/y; // to the closing quote; nearly every text is that
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const NUMBER_FAULTS = {
  integers: 'a number here is an integer, without fraction or exponent',
  decimals: `a number here has at most ${JSON_DECIMAL_DIGITS_MAX} digits behind the point, and no exponent`,
} as const;
const NUMBER_GOES_ON = /[\w.+-]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const HEX4 = /^[0-9a-fA-F]{4}$/;

class StrictJson {
  #at = 0;
  readonly #path: (string | number)[] = [];

  constructor(
    readonly text: string,
    readonly numbers: 'integers' | 'decimals',
  ) {}

  document(): unknown {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.text.length) throw this.#malformed();
    return value;
  }

  #value(): unknown {
    switch (this.text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): Record<string, unknown> {
    this.#enter();
    const object: Record<string, unknown> = {};
    let properties = 0;
    if (this.#take('}')) return object;
    do {
      this.#skipSpace();
      const name = this.#string();
      this.#path.push(name);
      if (REFUSED_NAMES.has(name)) throw this.#fault('a property of this name is refused');
      if (Object.hasOwn(object, name)) throw this.#fault('a property stands here twice');
      if (++properties > JSON_PROPERTIES_MAX) {
        throw this.#fault(`more than ${JSON_PROPERTIES_MAX} properties`);
      }
      this.#skipSpace();
      this.#expect(':');
      this.#skipSpace();
      object[name] = this.#value();
      this.#path.pop();
    } while (this.#goesOn('}'));
    return object;
  }

  #array(): unknown[] {
    this.#enter();
    const items: unknown[] = [];
    if (this.#take(']')) return items;
    do {
      this.#skipSpace();
      this.#path.push(items.length);
      if (items.length === JSON_ITEMS_MAX) throw this.#fault(`more than ${JSON_ITEMS_MAX} items`);
      items.push(this.#value());
      this.#path.pop();
    } while (this.#goesOn(']'));
    return items;
  }

  /** Behind the opening bracket of an object or array. The path is as long as the nesting is deep. */
  #enter(): void {
    if (this.#path.length >= JSON_DEPTH_MAX) {
      throw this.#fault(`nested deeper than ${JSON_DEPTH_MAX} levels`);
    }
    this.#at++;
    this.#skipSpace();
  }

  #goesOn(close: string): boolean {
    this.#skipSpace();
    if (this.#take(',')) return true;
    this.#expect(close);
    return false;
  }

  #string(): string {
    this.#expect('"');
    PLAIN_ASCII.lastIndex = this.#at;
    const text = PLAIN_ASCII.test(this.text) ? this.#plainText() : this.#anyText();
    if (text.length <= JSON_TEXT_CHARS_MAX) return text;
    throw this.#fault(`a text of more than ${JSON_TEXT_CHARS_MAX} characters`);
  }

  #plainText(): string {
    const start = this.#at;
    this.#at = PLAIN_ASCII.lastIndex;
    return this.text.slice(start, this.#at - 1);
  }

  #anyText(): string {
    let text = '';
    for (;;) {
      PLAIN_TEXT.lastIndex = this.#at;
      PLAIN_TEXT.test(this.text);
      const end = PLAIN_TEXT.lastIndex;
      text += this.text.slice(this.#at, end);
      this.#at = end + 1;
      const next = this.text[end];
      if (next === '"') break;
      if (next !== '\\') throw this.#malformed();
      text += this.#escape();
    }
    if (text.includes('\0')) throw this.#fault('U+0000 is refused');
    if (LONE_SURROGATE.test(text)) throw this.#fault('half of a surrogate pair is refused');
    return text;
  }

  #escape(): string {
    const letter = this.text[this.#at++] ?? '';
    if (letter === 'u') {
      const hex = this.text.slice(this.#at, this.#at + 4);
      if (!HEX4.test(hex)) throw this.#malformed();
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const character = ESCAPES[letter];
    if (character === undefined) throw this.#malformed();
    return character;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw this.#malformed();
    this.#at = NUMBER.lastIndex;
    if (NUMBER_GOES_ON.test(this.text[this.#at] ?? ' ')) throw this.#malformed();
    const [digits, fraction, exponent] = match;
    const isPlain =
      this.numbers === 'integers'
        ? fraction === undefined
        : (fraction ?? '.').length - 1 <= JSON_DECIMAL_DIGITS_MAX;
    if (!isPlain || exponent !== undefined) throw this.#fault(NUMBER_FAULTS[this.numbers]);
    const value = Number(digits);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER)
      throw this.#fault('a number beyond 2^53 - 1 must be a string');
    return value === 0 ? 0 : value; // -0 is 0
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.#at)) throw this.#malformed();
    this.#at += word.length;
    return value;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(character: string): boolean {
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#malformed();
  }

  #malformed(): JsonRefused {
    return new JsonRefused('the body is not valid JSON', '');
  }

  #fault(fault: string): JsonRefused {
    return new JsonRefused(fault, jsonPointer(this.#path));
  }
}

/** RFC 6901. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
