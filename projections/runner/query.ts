import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore, Position } from '../../libs/event-store/event-store.js';
import { queryReadModel, type Queryable } from './read-model.js';

/** Counting stops here, for it may mean reading; a projection further behind shows this number. */
export const LAG_EVENTS_MAX = 10_000;
export const MIN_POSITION_WAIT_MAX_MS = 2_000;
const POLL_INTERVAL_MS = 10;

/** `stopped`: no process leads it at the moment. */
export type ProjectionState = 'live' | 'rebuilding' | 'stopped';

export interface ProjectionStatus {
  readonly name: string;
  readonly position: Position;
  readonly lag_events: number;
  /** Age of the oldest event that is not in the read model yet; 0 when all are. */
  readonly lag_seconds: number;
  /** Grows with every rebuild. */
  readonly version: number;
  readonly state: ProjectionState;
}

/** Where the read models are looked up, and the log that they follow. */
export interface ReadSide {
  readonly pool: Queryable;
  readonly store: EventStore;
}

export type ProjectionDelay = Pick<ProjectionStatus, 'name' | 'lag_seconds'>;

/** Every projection by name. @throws ReadModelUnavailable */
export async function listProjections({
  pool,
  store,
}: ReadSide): Promise<readonly ProjectionStatus[]> {
  const rows = await queryReadModel<StoredStatus>(pool, SELECT_STATUS, []);
  const lagBehind = onceEach((position) => lagOf(store, position));
  return Promise.all(
    rows.map(async (row) => ({
      name: row.name,
      position: row.position,
      ...(await lagBehind(row.position)),
      version: row.version,
      state: stateOf(row),
    })),
  );
}

/** Every projection's delay alone: cheap, however far behind one is. @throws ReadModelUnavailable */
export async function listDelays({ pool, store }: ReadSide): Promise<readonly ProjectionDelay[]> {
  const rows = await queryReadModel<StoredStatus>(pool, SELECT_STATUS, []);
  const delayBehind = onceEach((position) => delayOf(store, position));
  return Promise.all(
    rows.map(async ({ name, position }) => {
      return { name, lag_seconds: (await delayBehind(position)) ?? 0 };
    }),
  );
}

export type Freshness =
  { readonly kind: 'ok' } | { readonly kind: 'behind'; readonly lagEvents: number };

/**
 * Waits until the read model holds everything up to the position, at most `maxWaitMs`. The position's log id is the
 * caller's to check. @throws ReadModelUnavailable
 */
export async function waitForProjection(
  { pool, store }: ReadSide,
  name: string,
  wanted: { readonly position: Position; readonly maxWaitMs?: number },
): Promise<Freshness> {
  const deadlineMs = performance.now() + (wanted.maxWaitMs ?? MIN_POSITION_WAIT_MAX_MS);
  for (;;) {
    const rows = await queryReadModel<{ position: Position }>(pool, SELECT_POSITION, [name]);
    const position = rows[0]?.position;
    if (position !== undefined && position >= wanted.position) return { kind: 'ok' };
    if (performance.now() >= deadlineMs) {
      const lagEvents =
        position === undefined ? LAG_EVENTS_MAX : await store.countAfter(position, LAG_EVENTS_MAX);
      return { kind: 'behind', lagEvents };
    }
    await pause(POLL_INTERVAL_MS);
  }
}

async function lagOf(store: EventStore, position: Position) {
  const delay = await delayOf(store, position);
  if (delay === null) return { lag_events: 0, lag_seconds: 0 };
  return { lag_events: await store.countAfter(position, LAG_EVENTS_MAX), lag_seconds: delay };
}

/** Most projections stand at the same place: what lies behind it is looked up once. */
function onceEach<Found>(look: (position: Position) => Promise<Found>) {
  const found = new Map<Position, Promise<Found>>();
  return (position: Position): Promise<Found> => {
    const known = found.get(position) ?? look(position);
    found.set(position, known);
    return known;
  };
}

/** In seconds; null: nothing is behind the position. */
async function delayOf(store: EventStore, position: Position): Promise<number | null> {
  const next = (await store.readAll(position, 1)).events[0];
  return next === undefined
    ? null
    : Math.max(0, (Date.now() - Date.parse(next.metadata.at)) / 1000);
}

interface StoredStatus {
  readonly name: string;
  readonly position: Position;
  readonly version: number;
  readonly led: boolean;
  readonly rebuilding: boolean;
}

function stateOf(row: StoredStatus): ProjectionState {
  if (row.rebuilding) return 'rebuilding';
  return row.led ? 'live' : 'stopped';
}

const SELECT_POSITION = `
  select v.position
    from projections p
    join projection_versions v on v.name = p.name and v.version = p.active_version
   where p.name = $1`;

const SELECT_STATUS = `
  select p.name, v.position, v.version,
         exists (select from projection_leases l where l.name = p.name and l.expires_at > now()) as led,
         exists (select from projection_leases l
                  where l.name = p.name || '/rebuild' and l.expires_at > now()) as rebuilding
    from projections p
    join projection_versions v on v.name = p.name and v.version = p.active_version
   order by p.name`;
