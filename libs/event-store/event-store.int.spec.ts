import { findEventStoreDb } from '../testing/event-store-db.js';
import { fragileEventStoreDb, fragilePostgres } from '../testing/fragile-stores.js';
import { createTestDatabase } from '../testing/test-database.js';
import { describeEventStore } from './event-store.contract.js';
import { openEventStoreDb } from './eventstoredb/event-store-db-event-store.js';
import { InMemoryEventStore } from './in-memory/in-memory-event-store.js';
import { openPostgresEventStore } from './postgres/postgres-event-store.js';

describeEventStore('in-memory', async () => {
  // Its log is the instance, so a second one is only opened to be closed.
  const store = new InMemoryEventStore();
  let opened = 0;
  return {
    open: async () => (opened++ < 2 ? store : new InMemoryEventStore()),
    restart: async () => undefined,
    dispose: async () => undefined,
    logInMemory: true,
  };
});

describeEventStore('Postgres', async () => {
  const database = await createTestDatabase();
  return {
    open: () => openPostgresEventStore({ databaseUrl: database.url, migrate: 'apply' }),
    openFragile: () => fragilePostgres(database),
    restart: () => database.restart(),
    dispose: () => database.dispose(),
  };
});

const startEventStoreDb = findEventStoreDb();
if (startEventStoreDb === null) {
  describe.skip('EventStoreDB: no EVENTSTORE_URL is set and no Docker runs here', () => {
    it('keeps the contract', () => undefined);
  });
} else {
  describeEventStore('EventStoreDB', async () => {
    const engine = await startEventStoreDb();
    return {
      open: () => openEventStoreDb({ url: engine.url }),
      openFragile: () => fragileEventStoreDb(engine.url),
      idsOfOneStreamOnly: true,
      restart: () => engine.restart(),
      dispose: () => engine.dispose(),
    };
  });
}
