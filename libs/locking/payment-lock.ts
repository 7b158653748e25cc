/**
 * Keeps two runners from working on one payment at once, to save work. It never keeps money safe: revisions and
 * gateway keys do that, and a lock may be granted twice (an expired lease, a lost connection, an engine that is away).
 * So it gives out no fencing token: nothing that is written under it goes without a revision. Adapters: none, Postgres
 * advisory, Redis through redlock; one contract suite runs on each.
 */
export abstract class PaymentLock {
  /**
   * Runs the work while holding the key, and gives what it gives or throws what it throws. `busy`: somebody else holds
   * the key, and the work was not run. Never waits for a holder. While the engine is away the work runs without a lock,
   * a bounded time later. Throws nothing of its own.
   */
  abstract withLock<T>(key: string, work: () => Promise<T>): Promise<T | 'busy'>;

  /** Lets go of connections; work that comes later runs without a lock. Idempotent. */
  abstract close(): Promise<void>;
}
