import { v5, v7 } from 'uuid';

/** Root of every derived id; changing it would change the meaning of keys already sent to gateways. */
const TILLSTREAM_NAMESPACE = '6f1c1a5e-3f0b-5c52-9d0f-6c1d8f0e7a41';

/** UUID v7, new for every decision; ordered by time within this process. */
export function newEventId(): string {
  return v7();
}

/** UUID v7 that ties together everything that one request caused. */
export function newCorrelationId(): string {
  return v7();
}

/** Id of a refund, made of a new UUID v7 and so ordered by time. */
export function refundIdOf(uuid: string): string {
  return `ref_${uuid.replaceAll('-', '')}`;
}

/** UUID v5: the same parts always give the same id, other parts another. Parts are never confused: (`a`, `bc`) is not (`ab`, `c`). */
export function derivedUuid(...parts: readonly (string | number)[]): string {
  return v5(JSON.stringify(parts), TILLSTREAM_NAMESPACE);
}
