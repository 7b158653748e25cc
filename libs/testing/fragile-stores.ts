import { setTimeout as pause } from 'node:timers/promises';
import type { FragileStores } from '../event-store/contract/harness.js';
import type { EventStore } from '../event-store/event-store.js';
import { openEventStoreDb } from '../event-store/eventstoredb/event-store-db-event-store.js';
import { openPostgresEventStore } from '../event-store/postgres/postgres-event-store.js';
import { throughProxy } from './event-store-db.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import type { TestDatabase } from './test-database.js';

const POSTGRES_TIMEOUT_MS = 400;
/** A late answer costs all stores of the process their connection. */
const EVENT_STORE_DB_TIMEOUT_MS = 1_000;
/** What was held up arrives when nobody waits for it any more. */
const STALL_BEYOND_TIMEOUT_MS = 100;
const APPLICATION = 'fragile';
const BACKENDS = `from pg_stat_activity where datname = current_database()
  and application_name like '${APPLICATION} %'`;
/**
 * A writer that never comes to its end: who appends to the same stream waits, with a transaction that others overtake, and
 * all that is committed meanwhile is held back from readers.
 */
const ABANDONED_APPEND = `do $$ begin
  insert into event_store.events
  select pg_current_xact_id()::text::bigint + transaction_offset, 1, stream, revision + 1,
    gen_random_uuid(), type, version, data, metadata
  from event_store.log, (
    select * from event_store.events order by transaction desc, place desc limit 1) as newest;
  perform pg_sleep(0.15);
  raise exception 'abandoned';
end $$`;

/** Two stores on the database, behind a connection that breaks, with backends that end. */
export async function fragilePostgres(database: TestDatabase): Promise<FragileStores> {
  const url = new URL(database.url);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
  url.host = `127.0.0.1:${proxy.port}`;
  const open = () =>
    openPostgresEventStore({
      databaseUrl: url.href,
      migrate: 'check',
      applicationName: APPLICATION,
      ackTimeoutMs: POSTGRES_TIMEOUT_MS,
      readTimeoutMs: POSTGRES_TIMEOUT_MS,
    });
  const stores = [await open(), await open()];
  return {
    stores,
    troubles: [
      ...connectionTroubles(proxy, POSTGRES_TIMEOUT_MS),
      () => database.query(`select pg_terminate_backend(pid) ${BACKENDS} and pid % 2 = 0`),
      () => database.query(`select pg_terminate_backend(pid) ${BACKENDS}`),
      () => database.query(`select pg_cancel_backend(pid) ${BACKENDS}`),
      () => database.query(ABANDONED_APPEND).catch(abandoned),
    ],
    dispose: () => closeAll(stores, proxy),
  };
}

/** Its end, or another writer was faster. */
function abandoned(error: unknown): void {
  if (!/abandoned|events_of_stream/.test(String(error))) throw error;
}

/** Undefined for a cluster. */
export async function fragileEventStoreDb(serverUrl: string): Promise<FragileStores | undefined> {
  const proxied = await throughProxy(serverUrl);
  if (proxied === undefined) return undefined;
  const { proxy, url } = proxied;
  const open = () => openEventStoreDb({ url, ackTimeoutMs: EVENT_STORE_DB_TIMEOUT_MS });
  const stores = [await open(), await open()];
  return {
    stores,
    troubles: connectionTroubles(proxy, EVENT_STORE_DB_TIMEOUT_MS),
    dispose: () => closeAll(stores, proxy),
  };
}

async function closeAll(stores: readonly EventStore[], proxy: TcpProxy): Promise<void> {
  await Promise.all(stores.map((store) => store.close()));
  await proxy.close();
}

function connectionTroubles(proxy: TcpProxy, timeoutMs: number): readonly (() => Promise<void>)[] {
  return [
    () => proxy.cut(),
    () => proxy.loseAnswers(),
    async () => {
      const goOn = proxy.stall();
      await pause(timeoutMs + STALL_BEYOND_TIMEOUT_MS);
      goOn();
    },
  ];
}
