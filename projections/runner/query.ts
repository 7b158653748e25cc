import type { EventStore, Position } from '../../libs/event-store/event-store.js';
import { LAG_EVENTS_MAX, type ReadSide } from './projection-waits.js';
import { queryReadModel } from './read-model.js';

export {
  LAG_EVENTS_MAX,
  MIN_POSITION_WAIT_MAX_MS,
  ProjectionWaits,
  type Freshness,
  type ReadSide,
} from './projection-waits.js';

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

export type ProjectionDelay = Pick<ProjectionStatus, 'name' | 'lag_seconds'>;

/** Every projection by name. @throws ReadModelUnavailable */
export async function listProjections({
  pool,
  store,
}: ReadSide): Promise<readonly ProjectionStatus[]> {
  const rows = await queryReadModel<StoredStatus>(pool, SELECT_STATUS, []);
  const lagAt = onceEach((position) => lagOf(store, position));
  return Promise.all(
    rows.map(async (row) => ({
      name: row.name,
      position: row.position,
      ...(await lagAt(row.position)),
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

const SELECT_STATUS = `
  select p.name, v.position, v.version,
         exists (select from projection_leases l where l.name = p.name and l.expires_at > now()) as led,
         exists (select from projection_leases l
                  where l.name = p.name || '/rebuild' and l.expires_at > now()) as rebuilding
    from projections p
    join projection_versions v on v.name = p.name and v.version = p.active_version
   order by p.name`;
