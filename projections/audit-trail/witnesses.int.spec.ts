import { LOG_START } from '../../libs/event-store/event-store.js';
import { openPool } from '../../libs/platform/postgres.js';
import { ProjectionHouse, registered } from '../../libs/testing/projection-house.js';
import { createTestDatabase, type TestDatabase } from '../../libs/testing/test-database.js';
import { AuditWitnesses } from './witnesses.js';

describe('the audit as a witness', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.dispose());

  it('knows of nothing where it was never built', async () => {
    const pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
    try {
      const witnesses = await AuditWitnesses.open(pool);
      expect(await witnesses.known()).toEqual({ last: LOG_START, complete: LOG_START });
      expect(await witnesses.page(LOG_START, 'f'.repeat(32), 10)).toEqual([]);
    } finally {
      await pool.end();
    }
  });

  it('tells each event once, page after page', async () => {
    const house = await ProjectionHouse.open(database);
    try {
      const empty = await AuditWitnesses.open(house.pool);
      expect(await empty.known()).toEqual({ last: LOG_START, complete: LOG_START });
      await house.log.appendMany(0, 6);
      house.follow(registered('audit-trail'));
      await house.caughtUp('audit-trail');
      const head = await house.store.head();
      const { events } = await house.store.readAll(LOG_START, 1_000);
      const told = events.map(({ position, stream, revision, metadata: { hash } }) => {
        return { position, stream, revision, hash };
      });

      const witnesses = await AuditWitnesses.open(house.pool);
      expect(await witnesses.known()).toEqual({ last: head, complete: head });
      expect(await witnesses.page(LOG_START, head, 1_000)).toEqual(told);
      expect(await witnesses.page(LOG_START, head, 4)).toEqual(told.slice(0, 4));
      const [after, to] = [told[3]?.position ?? '', told[8]?.position ?? ''];
      expect(await witnesses.page(after, to, 1_000)).toEqual(told.slice(4, 9));
    } finally {
      await house.close();
    }
  });
});
