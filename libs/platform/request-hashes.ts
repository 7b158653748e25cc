/** Of a validated body in its canonical form, each `<key name>:<hmac>`. */
export interface RequestHashes {
  readonly requestHash: string;
  /** The same body under keys of the installation that were in use before; a repeat may be older than the current one. */
  readonly olderHashes?: readonly string[];
}

/** Of a request that brought an Idempotency-Key. */
export interface IdempotencyHashes extends RequestHashes {
  /** Of the key in its scope: principal, method, path with ids. */
  readonly keyHash: string;
}

/** Whether the hash that an earlier request left is of the same body. */
export function isSameRequest(
  { requestHash, olderHashes = [] }: RequestHashes,
  recorded: string | null | undefined,
): boolean {
  return [requestHash, ...olderHashes].some((hash) => hash === recorded);
}
