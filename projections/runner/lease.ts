import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from '../../libs/platform/queryable.js';

/** A killed holder's lease passes on after this; well below ten seconds. */
export const LEASE_TTL_MS = 6_000;
const RENEW_INTERVAL_MS = 1_500;
const ACQUIRE_INTERVAL_MS = 1_000;

export interface LeaseOptions {
  readonly name: string;
  /** Unique to this process. */
  readonly holder: string;
  readonly ttlMs?: number;
}

/** Leadership for a time, renewed in the background. The token grows with every change of the holder. */
export interface Lease {
  readonly token: string;
  /** How far the server's clock was set back since somebody last held it; 0: by less than a lease. */
  readonly clockSetBackS: number;
  /** Aborted once the lease is lost, or might be: it could not be renewed in time. */
  readonly lost: AbortSignal;
  /** Whether this process has held it without a gap; false after a pause longer than the lease, at once. */
  isHeld(): boolean;
  /** Stops renewing and lets others have it at once. */
  release(): Promise<void>;
}

/** Waits until the lease is ours; `onStandby` hears of each answer that another holds it. @throws the signal's reason when aborted */
export async function acquireLease(
  pool: Queryable,
  options: LeaseOptions & { readonly onStandby?: () => void },
  signal: AbortSignal,
): Promise<Lease> {
  for (;;) {
    signal.throwIfAborted();
    const lease = await tryLease(pool, options);
    if (lease !== null) return lease;
    options.onStandby?.();
    await pause(ACQUIRE_INTERVAL_MS, undefined, { signal });
  }
}

/** The lease, or null where another holds it. */
export async function tryLease(pool: Queryable, options: LeaseOptions): Promise<Lease | null> {
  const ttlMs = options.ttlMs ?? LEASE_TTL_MS;
  // Taken before the question is sent: by our own clock the lease ends earlier than by the server's.
  const askedAtMs = performance.now();
  const { rows } = await pool.query<Taken>(TAKE, [options.name, options.holder, ttlMs]);
  const taken = rows[0];
  return taken === undefined ? null : new HeldLease(pool, { ...options, ttlMs }, taken, askedAtMs);
}

interface Taken {
  readonly token: string;
  readonly set_back_s: number;
}

class HeldLease implements Lease {
  readonly token: string;
  readonly clockSetBackS: number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #heldUntilMs: number;
  #renewing = false;

  constructor(
    private readonly pool: Queryable,
    private readonly options: LeaseOptions & { readonly ttlMs: number },
    taken: Taken,
    askedAtMs: number,
  ) {
    this.token = taken.token;
    this.clockSetBackS = taken.set_back_s;
    this.#heldUntilMs = askedAtMs + options.ttlMs;
    const intervalMs = Math.min(RENEW_INTERVAL_MS, options.ttlMs / 4);
    this.#timer = setInterval(() => void this.#renew(), intervalMs);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isHeld(): boolean {
    if (performance.now() >= this.#heldUntilMs) this.#end();
    return !this.#lost.signal.aborted;
  }

  async release(): Promise<void> {
    this.#end();
    await this.pool
      .query(RELEASE, [this.options.name, this.token])
      // It ends by itself; whoever waits for it only waits longer.
      .catch(() => undefined);
  }

  async #renew(): Promise<void> {
    if (this.#renewing || !this.isHeld()) return;
    this.#renewing = true;
    const askedAtMs = performance.now();
    try {
      const { rows } = await this.pool.query(RENEW, [
        this.options.name,
        this.token,
        this.options.ttlMs,
      ]);
      if (rows.length === 0) this.#end();
      else this.#heldUntilMs = askedAtMs + this.options.ttlMs;
    } catch {
      // The database may be back before the lease is over; if not, isHeld ends it.
    } finally {
      this.#renewing = false;
    }
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#lost.abort();
  }
}

/**
 * Free, too, is a lease from before the server's start: all on this machine were killed together, so a new start need
 * not wait. (A start in the future tells nothing: the clock was set back since, and every lease is from before it.) So
 * is a lease from further ahead than it lasts: the clock was set back, and nobody waits until it has come there again.
 * Should its holder live after all, the token keeps it from writing.
 */
const TAKE = `
  with before as (select extract(epoch from renewed_at - now())::float8 as ahead_s
                    from projection_leases where name = $1)
  insert into projection_leases as held (name, holder, token, renewed_at, expires_at)
  values ($1, $2, nextval('projection_fencing'), now(), now() + make_interval(secs => $3::float8 / 1000))
  on conflict (name) do update
    set holder = excluded.holder, token = excluded.token, renewed_at = excluded.renewed_at,
        expires_at = excluded.expires_at
    where held.expires_at <= now()
       or held.renewed_at < pg_postmaster_start_time() and pg_postmaster_start_time() <= now()
       or held.renewed_at > now() + make_interval(secs => $3::float8 / 1000)
  returning token::text,
            coalesce((select ahead_s from before where ahead_s * 1000 > $3::float8), 0) as set_back_s`;

/** Not where the clock was set back: who takes it anew hears of it. */
const RENEW = `
  update projection_leases
     set renewed_at = now(), expires_at = now() + make_interval(secs => $3::float8 / 1000)
   where name = $1 and token = $2 and expires_at > now()
     and renewed_at <= now() + make_interval(secs => $3::float8 / 1000)
  returning name`;

const RELEASE = `update projection_leases set expires_at = now() where name = $1 and token = $2`;
