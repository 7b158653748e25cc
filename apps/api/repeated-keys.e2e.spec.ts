import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';
import { SteppedClock } from '../../libs/testing/stepped-clock.js';
import { KeyedHash } from './commands/installation-secrets.js';

const OLD = new KeyedHash('k1', Buffer.alloc(32, 1));
const ANALYST = { role: 'analyst', name: 'month end' };
const CREATED = { status: 409, code: 'KEY_ALREADY_CREATED' };
const REUSED = { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' };

describe('an Idempotency-Key that made a key', () => {
  const store = new InMemoryEventStore();
  const clock = new SteppedClock();
  let api: TestApi;
  let later: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ store, clock, keyedHash: OLD });
    const keyedHash = new KeyedHash('k2', Buffer.alloc(32, 2), [OLD]);
    later = await startTestApi({ store, clock, keyedHash });
  });
  afterAll(() => Promise.all([api.app.close(), later.app.close()]));

  const post = async (
    url: string,
    payload: object,
    { name = 'one', at = api, by = api.key.admin } = {},
  ) => {
    const answer = await at.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${by}`, 'idempotency-key': name },
      payload,
    });
    return answer.json() as { id: string; status?: number };
  };

  it('is answered with that key for the same body only', async () => {
    const { id } = await post('/v1/keys', ANALYST);
    expect(await post('/v1/keys', ANALYST)).toMatchObject({ ...CREATED, id });
    expect(await post('/v1/keys', ANALYST, { at: later })).toMatchObject({ ...CREATED, id });
    const other = await post('/v1/keys', { ...ANALYST, role: 'admin' });
    expect(other).toMatchObject(REUSED);
    expect(other.id).toBeUndefined();
  });

  it("is another caller's to make another key with", async () => {
    const first = await post('/v1/keys', { role: 'admin' }, { name: 'shared' });
    const by = (first as { key?: string }).key ?? '';
    const second = await post('/v1/keys', { role: 'admin' }, { name: 'shared', by });
    expect(second.status).toBeUndefined();
    expect(second.id).not.toBe(first.id);
  });

  it('is so when copies of the request come at once', async () => {
    const bodies = [ANALYST, ANALYST, { role: 'admin' }];
    const copies = await Promise.all(bodies.map((body) => post('/v1/keys', body, { name: 'two' })));
    expect(copies.map(({ status = 201 }) => status)).toEqual([201, 409, 422]);
  });

  it('is so when the key has expired since', async () => {
    const brief = { role: 'analyst', expires_at: '1970-01-01T00:01:00Z' };
    const { id } = await post('/v1/keys', brief, { name: 'three' });
    clock.step(60_000);
    expect(await post('/v1/keys', brief, { name: 'three' })).toMatchObject({ ...CREATED, id });
    expect(await post('/v1/keys', { role: 'analyst' }, { name: 'three' })).toMatchObject(REUSED);
  });

  it('is so when it rotated one', async () => {
    const { id } = await post('/v1/keys', ANALYST, { name: 'four' });
    const url = `/v1/keys/${id}/rotate`;
    const { id: successor } = await post(url, {});
    expect(await post(url, { overlap_s: 86_400 })).toMatchObject({ ...CREATED, id: successor });
    expect(await post(url, {}, { at: later })).toMatchObject({ ...CREATED, id: successor });
    expect(await post(url, { overlap_s: 0 })).toMatchObject(REUSED);
  });
});
