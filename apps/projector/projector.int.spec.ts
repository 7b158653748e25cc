import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { ConfigError } from '../../libs/platform/config.js';
import { createLogger } from '../../libs/platform/logging.js';
import { Metrics } from '../../libs/platform/metrics.js';
import { eventually } from '../../libs/testing/eventually.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { startProjector, type ProjectorOptions } from './projector.js';

describe('projector', () => {
  let database: TestDatabase;
  const store = new InMemoryEventStore();
  const log = new PaymentLog(store);

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.dispose();
  });

  function options(extra: Partial<ProjectorOptions> = {}): ProjectorOptions {
    return {
      databaseUrl: database.url,
      migrate: 'apply',
      store,
      logger: createLogger('spec', { level: 'silent' }),
      metrics: new Metrics('spec'),
      ...extra,
    };
  }

  it('refuses an old schema where it may not migrate', async () => {
    const refused = startProjector(options({ migrate: 'check' }));
    await expect(refused).rejects.toThrow(/MIGRATE=off/);
    await expect(refused).rejects.toThrow(ConfigError);
  });

  it('leads all read models, shows their lag, and hands over at once when it closes', async () => {
    const metrics = new Metrics('spec');
    const first = await startProjector(options({ metrics }));
    await log.appendMany(0, 3);
    await eventually(async () => {
      const shown = await metrics.registry.metrics();
      expect(shown).toMatch(/projection_lag_events\{projection="payment-history",.*\} 0/);
      expect(shown).toMatch(/projection_events_total\{projection="audit-trail",.*\} [1-9]/);
    });
    expect(await first.readiness.check()).toBeNull();
    await first.close();

    const second = await startProjector(options());
    await log.appendMany(3, 3);
    await eventually(async () => {
      const { rows } = await database.query('select count(*)::int as n from payment_history');
      expect(rows).toEqual([{ n: 6 }]);
    });
    await second.close();
  });

  it('is not ready while a read model is too far behind, and says which', async () => {
    const projector = await startProjector(options({ lagMaxS: 1 }));
    await database.query(
      `update projection_versions set paused_until = now() + interval '1 minute'
        where name = 'audit-trail'`,
    );
    await log.appendMany(6, 1); // long ago by their own time
    await eventually(async () =>
      expect(await projector.readiness.check()).toMatch(/^audit-trail is \d+ s behind$/),
    );
    await database.query('update projection_versions set paused_until = null');
    await eventually(async () => expect(await projector.readiness.check()).toBeNull());
    await projector.close();
  });

  it('is not ready while readers see a read model of an older release, and says which', async () => {
    await (await startProjector(options())).close();
    await database.query(
      `insert into projection_leases (name, holder, token, renewed_at, expires_at)
       values ('reviews/rebuild', 'spec', 0, now(), now() + interval '1 minute')`,
    );
    await database.query(
      `update projection_versions set schema_version = 0 where name = 'reviews' and state = 'live'`,
    );
    const projector = await startProjector(options());
    expect(await projector.readiness.check()).toBe('still to be built for this release: reviews');
    await database.query(`delete from projection_leases where name = 'reviews/rebuild'`);
    await eventually(async () => expect(await projector.readiness.check()).toBeNull());
    await projector.close();
  });

  it('refuses the log of another installation with a sentence that names the variables', async () => {
    const foreign = startProjector(options({ store: new InMemoryEventStore() }));
    await expect(foreign).rejects.toThrow(ConfigError);
    await expect(foreign).rejects.toThrow(/DATABASE_URL.*EVENTSTORE_URL/);
  });
});
