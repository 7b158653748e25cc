/** No stored text begins with it: the log refuses U+0000. */
const BIGINT_MARK = '\u0000';

/** JSON of a state that holds bigints, as text for a column. */
export function stateText(state: unknown): string {
  return JSON.stringify(marked(state));
}

/** The value that `stateText` was given. */
export function parseStateText(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(BIGINT_MARK) ? BigInt(value.slice(1)) : value,
  );
}

/** A copy with texts for bigints. A replacer of JSON.stringify would do, at three times the cost: it is the hot path. */
function marked(value: unknown): unknown {
  if (typeof value === 'bigint') return BIGINT_MARK + value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(marked);
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) copy[name] = marked(inner);
  return copy;
}
