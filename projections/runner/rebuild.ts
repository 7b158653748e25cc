import type pg from 'pg';
import {
  LOG_START,
  type EventStore,
  type LogPage,
  type Position,
} from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import {
  assertSameLog,
  claimVersion,
  dropVersion,
  liveVersion,
  makeNextVersion,
  versionsOf,
  type ProjectionVersion,
} from './catalog.js';
import { compareVersions, type Difference } from './compare-versions.js';
import { gatherStatistics } from './gather-statistics.js';
import type { Lease } from './lease.js';
import type { Projection } from './projection.js';
import { rebuildLease, RebuildRunning } from './rebuild-lease.js';
import { holdStill, switchVersions } from './switch-versions.js';
import { VersionWriter } from './version-writer.js';

export interface RebuildOptions {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly projection: Projection;
  /** Unique to this process. */
  readonly holder: string;
  readonly signal: AbortSignal;
  /** Switch although the new version differs from the live one. A changed schema version does so anyway. */
  readonly acceptDifferences: boolean;
  readonly batchMax?: number;
  readonly onProgress?: (progress: RebuildProgress) => void;
}

export interface RebuildProgress {
  readonly phase: 'building' | 'comparing' | 'switching';
  readonly version: number;
  readonly eventsDone: number;
  /** Grows while the live version goes on. */
  readonly eventsTotal: number;
}

export interface RebuildResult {
  /** `refused`: the versions differ, readers keep the old one. */
  readonly outcome: 'switched' | 'refused';
  readonly version: number;
  readonly position: Position;
  readonly differences: readonly Difference[];
}

/** One batch: pages that outlive a few rounds of the garbage collector cost more than the reads they save. */
const PAGE_MAX = 1_000;
const COUNT_MAX = 100_000_000;
/** Chases after a live version that goes on meanwhile; then it is held still anyway. */
const CHASES_MAX = 20;
/** After a chase over fewer events the rest is caught up while the live version is held still. */
const CHASE_SHORT_EVENTS = 2_000;

/**
 * Builds the next version beside the live one, from the log's start or from where an interrupted rebuild stopped;
 * once it has caught up the live one is held still, both are compared, and readers are switched in one transaction.
 * @throws RebuildRunning, ForeignLog
 */
export async function rebuildProjection(options: RebuildOptions): Promise<RebuildResult> {
  const lease = await rebuildLease(options.pool, options, options.signal);
  try {
    return await rebuildUnder(lease, options);
  } finally {
    await lease.release();
  }
}

/** The work itself, by whoever holds the lease. @throws as rebuildProjection */
export async function rebuildUnder(lease: Lease, options: RebuildOptions): Promise<RebuildResult> {
  const { pool, store, projection } = options;
  await assertSameLog(pool, projection.name, await store.logId());
  const next = await versionToBuild(options, lease);
  crashPoint('rebuild-version-made');
  const writer = new VersionWriter({
    ...options,
    version: next.version,
    token: lease.token,
    position: next.position,
  });
  const build = new Build(options, writer, next.version);
  await build.chase();
  await gatherStatistics(pool, projection, next.version);
  return await compareAndSwitch(options, { lease, writer, next, build });
}

/** The version of an interrupted rebuild where it still fits this code, else a new one. What no longer serves goes. */
async function versionToBuild(options: RebuildOptions, lease: Lease): Promise<ProjectionVersion> {
  const { pool, store, projection, acceptDifferences } = options;
  const resumable: ProjectionVersion['state'][] = acceptDifferences
    ? ['building', 'refused']
    : ['building'];
  let found: ProjectionVersion | undefined;
  for (const version of await versionsOf(pool, projection.name)) {
    if (version.state === 'live') continue;
    const fits = version.schemaVersion === projection.schemaVersion;
    if (fits && resumable.includes(version.state)) found = version;
    else await dropVersion(pool, projection, version.version);
  }
  found ??= await makeNextVersion(pool, projection, await store.logId());
  await pool.query(
    `update projection_versions set state = 'building'
      where name = $1 and version = $2 and state = 'refused'`,
    [projection.name, found.version],
  );
  const { version } = found;
  const claimed = await claimVersion(pool, projection.name, { version, token: lease.token });
  if (claimed === undefined) throw new RebuildRunning(`${projection.name} has another builder`);
  return claimed;
}

/** Reads the log into the new version, the next page while the last one is written. */
class Build {
  #eventsDone: number | undefined;
  #eventsTotal = 0;

  constructor(
    private readonly options: RebuildOptions,
    private readonly writer: VersionWriter,
    private readonly version: number,
  ) {}

  /** Until little is left behind the live version; never past it, so that both can be compared at one place. */
  async chase(): Promise<void> {
    for (let chase = 0; chase < CHASES_MAX; chase += 1) {
      const before = this.#eventsDone ?? 0;
      const live = await liveVersion(this.options.pool, this.options.projection.name);
      if (live === undefined)
        throw new Error(`${this.options.projection.name} has no live version`);
      await this.to(live.position);
      if ((this.#eventsDone ?? 0) - before < CHASE_SHORT_EVENTS) return;
    }
  }

  async to(target: Position): Promise<void> {
    const { store, signal } = this.options;
    this.#eventsDone ??= await this.count(target);
    this.tell('building');
    let at = this.writer.position;
    let reading = read(store, at);
    while (at < target) {
      if (signal.aborted) await this.writer.settled(); // what is on its way need not be done again
      signal.throwIfAborted();
      const page = await reading;
      const more = page.position < target && !page.atEnd;
      at = more ? page.position : target;
      if (more) reading = read(store, at);
      const events = page.events.filter((event) => event.position <= target);
      await this.writer.enqueue(events, at);
      this.#eventsDone += events.length;
      this.#eventsTotal = Math.max(this.#eventsTotal, this.#eventsDone);
      this.tell('building');
      crashPoint('rebuild-page-written');
    }
    await this.writer.settled();
  }

  /** How many events are done already. Asked once, as some logs can only count by reading. */
  private async count(target: Position): Promise<number> {
    const { store } = this.options;
    const all = await store.countAfter(LOG_START, COUNT_MAX);
    this.#eventsTotal = all - (await store.countAfter(target, COUNT_MAX));
    const { position } = this.writer;
    return position === LOG_START ? 0 : all - (await store.countAfter(position, COUNT_MAX));
  }

  tell(phase: RebuildProgress['phase']): void {
    this.options.onProgress?.({
      phase,
      version: this.version,
      eventsDone: this.#eventsDone ?? 0,
      eventsTotal: this.#eventsTotal,
    });
  }
}

/** A page that is read ahead may be given up: its failure must not end the process then. */
function read(store: EventStore, after: Position): Promise<LogPage> {
  const page = store.readAll(after, PAGE_MAX);
  page.catch(() => undefined);
  return page;
}

interface Built {
  readonly lease: Lease;
  readonly writer: VersionWriter;
  readonly next: ProjectionVersion;
  readonly build: Build;
}

async function compareAndSwitch(
  options: RebuildOptions,
  { lease, writer, next, build }: Built,
): Promise<RebuildResult> {
  const { pool, projection, acceptDifferences } = options;
  const still = await holdStill(pool, projection.name);
  crashPoint('live-version-held');
  try {
    await build.to(still.position);
    build.tell('comparing');
    const versions = { live: still.version, next: next.version };
    const differences = await compareVersions(pool, projection, versions);
    const result = { version: next.version, position: writer.position, differences };
    const accepted = acceptDifferences || still.schemaVersion !== projection.schemaVersion;
    if (differences.length > 0 && !accepted) {
      await pool.query(
        `update projection_versions set state = 'refused' where name = $1 and version = $2`,
        [projection.name, next.version],
      );
      return { outcome: 'refused', ...result };
    }
    crashPoint('versions-compared');
    build.tell('switching');
    await switchVersions(pool, projection, {
      ...versions,
      position: still.position,
      token: lease.token,
    });
    return { outcome: 'switched', ...result };
  } finally {
    await still.release();
  }
}
