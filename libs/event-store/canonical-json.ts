/** A value that can't be kept as JSON without changing: bigint, undefined, Date, NaN, lone surrogate, U+0000 ... */
export class NotJson extends TypeError {
  readonly code = 'NOT_JSON';
}

const JSON_DEPTH_MAX = 64;

/**
 * The RFC 8785 (JCS) text of a plain JSON value: keys sorted by UTF-16 code units, no white space.
 * Own code because it is on the path of every append: it also checks the value on the way, which the `canonicalize`
 * package doesn't, and is compared with that package by property tests.
 * @throws NotJson for what JSON or Postgres text can't hold, and for nesting deeper than JSON_DEPTH_MAX
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(`${value} is not a JSON number`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= JSON_DEPTH_MAX) {
        throw new NotJson(`nested deeper than ${JSON_DEPTH_MAX} levels, or in a circle`);
      }
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new NotJson(`${typeof value} is not JSON`);
  }
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = '[';
  // By index, not forEach: a hole has to be met (as undefined) and refused.
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += write(values[index], depth);
  }
  return text + ']';
}

function writeObject(value: object, depth: number): string {
  // A class instance (Date, Map ...) would be stored as something else. Plain objects of another realm are fine.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotJson(`an object of class ${value.constructor?.name ?? 'unknown'} is not plain`);
  }
  // Object.keys gives own names only, and each is read as it is.
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const name of sorted(Object.keys(value))) {
    text += (text === '' ? '{' : ',') + label(name) + write(fields[name], depth);
  }
  return text === '' ? '{}' : text + '}';
}

/** Above this many names the built-in sort is faster. */
const INSERTION_SORT_MAX = 32;

/** In place, by UTF-16 code units, as `<` compares. */
function sorted(names: string[]): readonly string[] {
  if (names.length > INSERTION_SORT_MAX) return names.sort();
  for (let next = 1; next < names.length; next++) {
    const name = names[next] ?? '';
    let place = next;
    for (; place > 0; place--) {
      const before = names[place - 1] ?? '';
      if (before <= name) break;
      names[place] = before;
    }
    names[place] = name;
  }
  return names;
}

const LABELS_MAX = 2_000;
const LABEL_CHARS_MAX = 64;
/** Events have few names and many values: each name is quoted once. */
const labels = new Map<string, string>();

/** A name as it stands before its value. */
function label(name: string): string {
  const known = labels.get(name);
  if (known !== undefined) return known;
  const made = `${quote(name)}:`;
  if (labels.size < LABELS_MAX && name.length <= LABEL_CHARS_MAX) labels.set(name, made);
  return made;
}

const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
// With the u flag a surrogate that belongs to a pair is no match.
const NOT_STORABLE = /[\0\p{Surrogate}]/u;

function quote(text: string): string {
  if (NEEDS_NO_ESCAPE.test(text)) return `"${text}"`;
  if (NOT_STORABLE.test(text)) throw new NotJson('text with U+0000 or a lone surrogate');
  return JSON.stringify(text);
}
