import type { LogFilter, Position } from './event-store.js';

/** The text is no position of any log. */
export class InvalidPosition extends RangeError {
  readonly code = 'INVALID_POSITION';
}

const POSITION = /^[0-9a-f]{32}$/;

/** Two unsigned 64-bit numbers as one position; string order is number order. */
export function formatPosition(high: bigint, low: bigint): Position {
  return half(high) + half(low);
}

/** One of the two numbers of a position. */
export function half(number: bigint | number): string {
  return number.toString(16).padStart(16, '0');
}

/** @throws InvalidPosition */
export function parsePosition(position: Position): { readonly high: bigint; readonly low: bigint } {
  if (!POSITION.test(position)) throw new InvalidPosition('a position has 32 hex digits');
  return {
    high: BigInt(`0x${position.slice(0, 16)}`),
    low: BigInt(`0x${position.slice(16)}`),
  };
}

/** Whether the filter lets the stream's events through. */
export function matches(stream: string, filter: LogFilter | undefined): boolean {
  const prefixes = filter?.streamPrefixes;
  return prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
}
