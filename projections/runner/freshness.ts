import type { EventStore, Position } from '../../libs/event-store/event-store.js';
import { queryReadModel, type Queryable } from './read-model.js';

/** Counting stops here, for it may mean reading; a projection further behind shows this number. */
export const LAG_EVENTS_MAX = 10_000;
export const MIN_POSITION_WAIT_MAX_MS = 2_000;

/** Where the read models are looked up, and the log that they follow. */
export interface ReadSide {
  readonly pool: Queryable;
  readonly store: EventStore;
}

export type Freshness =
  { readonly kind: 'ok' } | { readonly kind: 'behind'; readonly lagEvents: number };

/** How far a read model has come; null: there is none of this name. @throws ReadModelUnavailable */
export async function positionOf(pool: Queryable, name: string): Promise<Position | null> {
  const rows = await queryReadModel<{ position: Position }>(pool, SELECT_POSITION, [name]);
  return rows[0]?.position ?? null;
}

/** Of a read model that has not come far enough. */
export async function lagBehind(store: EventStore, position: Position | null): Promise<Freshness> {
  const lagEvents =
    position === null ? LAG_EVENTS_MAX : await store.countAfter(position, LAG_EVENTS_MAX);
  return { kind: 'behind', lagEvents };
}

const SELECT_POSITION = `
  select v.position
    from projections p
    join projection_versions v on v.name = p.name and v.version = p.active_version
   where p.name = $1`;
