/** The cursor is none that a list of ours gave out; a 400 for the client. */
export class InvalidCursor extends Error {
  readonly code = 'INVALID_CURSOR';
}

const CURSOR_CHARACTERS_MAX = 512;

/** Opaque to clients; holds the sort key of the last row only, so every page is filtered by tenant anew. */
export function encodeCursor(...parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** What a part of a cursor has to be; a RegExp is one. */
type Pattern = Pick<RegExp, 'test'>;

/** @throws InvalidCursor unless it decodes to texts that fit the patterns, one each. */
export function decodeCursor(cursor: string, patterns: readonly Pattern[]): readonly string[] {
  const parts = cursor.length > CURSOR_CHARACTERS_MAX ? undefined : partsOf(cursor);
  if (
    !Array.isArray(parts) ||
    parts.length !== patterns.length ||
    !parts.every((part, index) => typeof part === 'string' && patterns[index]?.test(part))
  ) {
    throw new InvalidCursor('the cursor was not given by this list');
  }
  return parts as string[]; // reason: every part was just seen to be a text
}

function partsOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const INSTANT_FORM = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** A day that the calendar has, and that Postgres can take. */
export const INSTANT_PATTERN: Pattern = {
  test: (text) => INSTANT_FORM.test(text) && isoOf(Date.parse(text)) === text,
};
export const POSITION_PATTERN = /^[0-9a-f]{32}$/;
/** Our own ids: a kind, an underscore, plain characters. */
export const ID_PATTERN = /^[\x21-\x7e]{1,128}$/;

function isoOf(ms: number): string | null {
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
