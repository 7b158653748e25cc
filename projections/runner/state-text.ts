/** No stored text begins with it: the log refuses U+0000. */
const BIGINT_MARK = '\u0000';

/** JSON of a state that holds bigints, as text for a column. */
export function stateText(state: unknown): string {
  return JSON.stringify(state, (_name, value: unknown) =>
    typeof value === 'bigint' ? `${BIGINT_MARK}${value}` : value,
  );
}

/** The value that `stateText` was given. */
export function parseStateText(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'string' && value.startsWith(BIGINT_MARK) ? BigInt(value.slice(1)) : value,
  );
}
