import { hash, randomUUID } from 'node:crypto';

/** Root of every derived id; changing it would change the meaning of keys already sent to gateways. */
const TILLSTREAM_NAMESPACE = '6f1c1a5e-3f0b-5c52-9d0f-6c1d8f0e7a41';
const NAMESPACE_BYTES = Buffer.from(TILLSTREAM_NAMESPACE.replaceAll('-', ''), 'hex');

/** UUID v7, new for every decision; ordered by time within this process. */
export function newEventId(): string {
  return orderedUuid();
}

/** UUID v7 that ties together everything that one request caused. */
export function newCorrelationId(): string {
  return orderedUuid();
}

/** Id of a refund, made of a new UUID v7 and so ordered by time. */
export function refundIdOf(uuid: string): string {
  return `ref_${uuid.replaceAll('-', '')}`;
}

/** UUID v5: the same parts always give the same id, other parts another. Parts are never confused: (`a`, `bc`) is not (`ab`, `c`). */
export function derivedUuid(...parts: readonly (string | number)[]): string {
  const name = Buffer.from(JSON.stringify(parts));
  const hex = hash('sha1', Buffer.concat([NAMESPACE_BYTES, name]), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-` +
    `${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  );
}

const COUNTER_MAX = 0xfff;
let atMs = 0;
let timeHex = '';
let counter = 0;

/**
 * UUID v7 by RFC 9562, section 6.2, method 1: milliseconds, a counter within them, 62 random bits. Own code because
 * each payment takes half a dozen, and `randomUUID` is far the cheapest source of random bits: its tail is used as it is.
 */
function orderedUuid(): string {
  const nowMs = Date.now();
  if (nowMs > atMs || counter === COUNTER_MAX) {
    // A clock that went back, or more ids than the counter has: on from the latest id.
    atMs = Math.max(nowMs, atMs + 1);
    counter = 0;
    const hex = atMs.toString(16).padStart(12, '0');
    timeHex = `${hex.slice(0, 8)}-${hex.slice(8)}-`;
  } else {
    counter += 1;
  }
  return timeHex + (0x7000 + counter).toString(16) + randomUUID().slice(18);
}
