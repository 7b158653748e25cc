import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { EventStore, LogPage } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import { assertSameLog, claimVersion, dropRetired, liveVersion, outdatedOf } from './catalog.js';
import { gatheredPages } from './gathered-pages.js';
import { leadForEver } from './lead-for-ever.js';
import type { Lease } from './lease.js';
import type { Projection } from './projection.js';
import { rebuildUnder } from './rebuild.js';
import { awaitRebuildLease } from './rebuild-lease.js';
import { BATCH_MAX, VersionWriter, WriteRefused } from './version-writer.js';

export interface FollowerOptions {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly projection: Projection;
  /** Unique to this process. */
  readonly holder: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly leaseTtlMs?: number;
  readonly batchMax?: number;
  /** How often a leader looks for versions whose time is over. Default RETIRED_LOOK_MS. */
  readonly retiredLookMs?: number;
  /** Told how many events were written. */
  readonly onWritten?: (events: number) => void;
}

/** Its columns may mean what this release does not know. The lease was to be had, so nobody of that release is there to lead. */
class BuiltByNewerRelease extends Error {
  readonly code = 'BUILT_BY_NEWER_RELEASE';
  constructor(name: string) {
    super(
      `${name} was built by a newer release, and no process of that one leads it. This one only stands by; where the newer ` +
        `release is given up, "tillstream projections rebuild ${name}" of this one builds it back.`,
    );
  }
}

/** How long a replaced version stays for a look back, unless the next rebuild drops it earlier. */
const RETIRED_GRACE_MS = 24 * 3_600_000;
/** Repeated, as a leader may lead for months. */
const RETIRED_LOOK_MS = 3_600_000;
/**
 * From write to write while the log grows. A read model is that much behind then, and a good deal cheaper: a payment that is
 * made in one page is one row written once.
 */
const GATHER = { minMs: 50, maxMs: 400 };
const PAUSED_POLL_MS = 25;
const BACK_OFF = { minMs: 100, maxMs: 5_000 };
const SETTLED_MS = 10_000;

/**
 * Keeps one read model up to date for as long as the process lives: leads it when nobody else does, stands by
 * otherwise. Trouble (a database that restarts, an event that can't be projected) is logged and tried again with
 * growing pauses; nothing is ever skipped. Resolves after the signal.
 */
export async function followLog(options: FollowerOptions): Promise<void> {
  const { pool, projection, holder, leaseTtlMs, logger, signal } = options;
  const { name } = projection;
  const ttl = leaseTtlMs === undefined ? {} : { ttlMs: leaseTtlMs };
  const onStumble = (error: unknown, backOffMs: number) => {
    logger.error({ err: error, projection: name, backOffMs }, 'projection stumbled');
  };
  await leadForEver(
    {
      pool,
      lease: { name, holder, ...ttl },
      signal,
      backOff: BACK_OFF,
      settledMs: SETTLED_MS,
      first: () => rebuildForNewSchema(options),
      onStumble,
    },
    (lease) => lead(options, lease),
  );
}

/** Returns when the lease is lost or the live version was replaced; the caller begins anew. */
async function lead(options: FollowerOptions, lease: Lease): Promise<void> {
  const { pool, store, projection, logger } = options;
  await assertSameLog(pool, projection.name, await store.logId());
  const live = await liveVersion(pool, projection.name);
  if (live === undefined) throw new Error(`${projection.name} has no version that readers see`);
  if (live.schemaVersion > projection.schemaVersion) {
    throw new BuiltByNewerRelease(projection.name);
  }
  // Put back by an older release while this one stood by.
  if (live.schemaVersion < projection.schemaVersion) return;
  const claimed = await claimVersion(pool, projection.name, { ...live, token: lease.token });
  if (claimed === undefined) return;
  crashPoint('projection-claimed');
  await dropOld(options);
  const writer = new VersionWriter({
    ...options,
    version: claimed.version,
    token: lease.token,
    position: claimed.position,
  });
  const signal = AbortSignal.any([options.signal, lease.lost]);
  logger.info({ projection: projection.name, version: claimed.version }, 'leading projection');
  const batchMax = options.batchMax ?? BATCH_MAX;
  const pages = gatheredPages(store.subscribeAll(writer.position, { batchMax, signal }), {
    eventsMax: batchMax,
    times: GATHER,
    pause: async (ms) => await pause(ms, undefined, { signal }).catch(() => undefined),
  });
  const looking = setInterval(
    () => void dropOld(options),
    options.retiredLookMs ?? RETIRED_LOOK_MS,
  );
  try {
    for await (const page of pages) {
      if (!(await writePage(options, { lease, writer, version: claimed.version }, page))) return;
      options.onWritten?.(page.events.length);
    }
  } finally {
    clearInterval(looking);
  }
}

/** What can't be dropped now is dropped later. */
async function dropOld({ pool, projection, logger }: FollowerOptions): Promise<void> {
  try {
    await dropRetired(pool, projection, RETIRED_GRACE_MS);
  } catch (error) {
    logger.warn({ err: error, projection: projection.name }, 'could not drop an old version');
  }
}

interface Leading {
  readonly lease: Lease;
  readonly writer: VersionWriter;
  readonly version: number;
}

/** False when the version is no longer ours to write. */
async function writePage(
  options: FollowerOptions,
  leading: Leading,
  page: LogPage,
): Promise<boolean> {
  const { lease, writer } = leading;
  while (lease.isHeld()) {
    const events = page.events.filter((event) => event.position > writer.position);
    try {
      await writer.write(events, page.position);
      return true;
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      if (!(await waitWhilePaused(options, leading))) return false;
    }
  }
  return false;
}

/** A rebuild holds the live version still while it compares. True when the writer may go on where it stands. */
async function waitWhilePaused(options: FollowerOptions, leading: Leading): Promise<boolean> {
  const { lease, writer, version } = leading;
  while (lease.isHeld() && !options.signal.aborted) {
    const live = await liveVersion(options.pool, options.projection.name);
    if (
      live?.version !== version ||
      live.token !== lease.token ||
      live.position !== writer.position
    ) {
      return false;
    }
    if (!live.paused) return true;
    await pause(PAUSED_POLL_MS);
  }
  return false;
}

/**
 * By whoever comes first. Not under the lease of those who lead: while releases are rolled one by one, a process of the
 * older one keeps its version up to date for readers, until the new one stands beside it.
 */
async function rebuildForNewSchema(options: FollowerOptions): Promise<void> {
  const { pool, projection, logger, signal } = options;
  if (!(await isOutdated(options))) return;
  const lease = await awaitRebuildLease(pool, options, signal);
  try {
    // Another process may have built it while this one waited.
    if (!(await isOutdated(options))) return;
    logger.info({ projection: projection.name }, 'schema version changed, building anew');
    const held = AbortSignal.any([signal, lease.lost]);
    const result = await rebuildUnder(lease, {
      ...options,
      signal: held,
      acceptDifferences: false,
    });
    logger.info({ projection: projection.name, result }, 'built anew');
  } finally {
    await lease.release();
  }
}

async function isOutdated({ pool, projection }: FollowerOptions): Promise<boolean> {
  return (await outdatedOf(pool, [projection])).length > 0;
}
