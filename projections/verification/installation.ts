import type pg from 'pg';
import type { EventStore } from '../../libs/event-store/event-store.js';

/** What is verified: a running installation. */
export interface Installation {
  readonly pool: pg.Pool;
  readonly store: EventStore;
}
