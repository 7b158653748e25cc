import { setTimeout as pause } from 'node:timers/promises';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';
import { KeyedHash } from './commands/installation-secrets.js';

const OLD = new KeyedHash('k1', Buffer.alloc(32, 1));
const PAUSE_MS = 20;

/** What is read has been true for a while when it comes: copies of a request all begin before one of them appends. */
class FarStore extends InMemoryEventStore {
  override async readStream(stream: string, fromRevision?: number) {
    const events = await super.readStream(stream, fromRevision);
    await pause(PAUSE_MS);
    return events;
  }
}

describe('a rollback of the rules that is sent again', () => {
  const store = new FarStore();
  let api: TestApi;
  let later: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ store, keyedHash: OLD });
    const keyedHash = new KeyedHash('k2', Buffer.alloc(32, 2), [OLD]);
    later = await startTestApi({ store, keyedHash });
  });
  afterAll(() => Promise.all([api.app.close(), later.app.close()]));

  const rollBack = (key: string, version = 0, { app } = api) =>
    app.inject({
      method: 'POST',
      url: '/v1/routing/rules/rollback',
      headers: { authorization: `Bearer ${api.key.operator}`, 'idempotency-key': key },
      payload: { version },
    });

  it('says so, also where the first is still running', async () => {
    const copies = await Promise.all([rollBack('one'), rollBack('one'), rollBack('one')]);
    expect(new Set(copies.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    const replayed = copies.filter(({ headers }) => headers['idempotency-replayed'] === 'true');
    expect(replayed).toHaveLength(2);
  });

  it('gets its first answer when bodies are hashed under another key since', async () => {
    const first = await rollBack('two');
    const again = await rollBack('two', 0, later);
    expect([again.statusCode, again.body]).toEqual([200, first.body]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await rollBack('two', 1, later);
    expect(other.json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});
