import type { EventStore } from './event-store.js';
import { openPostgresEventStore } from './postgres/postgres-event-store.js';

export interface EventStoreOptions {
  /** Holds the log unless `eventStoreUrl` is given. */
  readonly databaseUrl: string;
  /** `esdb://...`: the log is in EventStoreDB. */
  readonly eventStoreUrl?: string | undefined;
  readonly migrate: 'apply' | 'check';
  /** Shown to the database's operators. Default `tillstream`. */
  readonly applicationName?: string;
  /** Longest wait for the answer of an append. */
  readonly ackTimeoutMs?: number;
  /** Told what a subscription met and goes on after, with pauses. */
  readonly onTrouble?: (error: unknown) => void;
}

/**
 * The log that the configuration names.
 * @throws DatabaseUnusable, SchemaOutdated, LogIdentityMismatch or EventStoreDbUnusable: their messages are sentences
 * for the operator that name the variable and never its value
 */
export async function openEventStore(options: EventStoreOptions): Promise<EventStore> {
  const { eventStoreUrl, ...others } = options;
  if (eventStoreUrl === undefined || eventStoreUrl === '')
    return await openPostgresEventStore(others);
  // Loaded only where it is used: gRPC and its descriptors take a good part of a second to load.
  const { openEventStoreDb } = await import('./eventstoredb/event-store-db-event-store.js');
  return await openEventStoreDb({ ...others, url: eventStoreUrl });
}
