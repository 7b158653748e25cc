import { StoreUnavailable } from '../../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../../libs/event-store/in-memory/in-memory-event-store.js';
import { PostgresReadModels } from './postgres-read-models.js';

function answering(code: string): PostgresReadModels {
  const refused = () => Promise.reject(Object.assign(new Error('refused'), { code }));
  return new PostgresReadModels({ query: refused }, new InMemoryEventStore());
}

describe('read models in a Postgres that refuses a question', () => {
  it.each([
    ['28P01', 'the password was changed'],
    ['3D000', 'the database is away'],
    ['40001', 'a replica takes its snapshot back'],
    ['53100', 'the disk is full'],
    ['53300', 'all connections are taken'],
    ['55000', 'the database lets nobody in'],
    ['55P03', 'a lock is not to be had'],
    ['57014', 'it took too long'],
    ['57P01', 'the server ends'],
    ['58030', 'its disk fails'],
    ['ECONNREFUSED', 'nobody listens'],
  ])('are unavailable by %s: %s', async (code) => {
    const asked = answering(code).listReviews({ limit: 1, cursor: null });
    await expect(asked).rejects.toThrow(StoreUnavailable);
  });

  it.each(['42601', '22008', 'INVALID_CURSOR'])(
    'pass on a fault of the question: %s',
    async (code) => {
      const asked = answering(code).listReviews({ limit: 1, cursor: null });
      await expect(asked).rejects.toMatchObject({ code });
    },
  );
});
