import {
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type NewEvent,
} from '../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../libs/event-store/in-memory/in-memory-event-store.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';

/** A store in which the next rotations come second: another change of the key was faster. */
class HurriedStore extends InMemoryEventStore {
  lost = 0;
  away = 0;

  override async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const isRotation = events.some(({ type }) => type === 'ApiKeyRotated');
    if (isRotation && this.lost-- > 0) throw new WrongRevision(stream, 0, 1);
    if (isRotation && this.away-- > 0) throw new StoreUnavailable('no answer');
    return super.append(stream, expected, events);
  }
}

describe('a key that others change while it is rotated', () => {
  const store = new HurriedStore();
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ store });
  });
  afterAll(() => api.app.close());

  const post = (url: string, body: object, name: string) =>
    api.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${api.key.admin}`, 'idempotency-key': name },
      payload: body,
    });

  async function keyToRotate(name: string): Promise<string> {
    const made = await post('/v1/keys', { role: 'analyst' }, name);
    return `/v1/keys/${made.json().id}/rotate`;
  }

  async function revoke(id: string): Promise<void> {
    const headers = { authorization: `Bearer ${api.key.admin}` };
    const revoked = await api.app.inject({ method: 'DELETE', url: `/v1/keys/${id}`, headers });
    expect(revoked.statusCode).toBe(204);
  }

  async function statusWith(key: string): Promise<number> {
    const headers = { authorization: `Bearer ${key}` };
    return (await api.app.inject({ url: '/v1/payment-lifecycle', headers })).statusCode;
  }

  it('gets a successor that passes, once the others have had their turn', async () => {
    const url = await keyToRotate('one');
    store.lost = 2;
    const rotated = await post(url, {}, 'rotation-one');
    expect(rotated.statusCode).toBe(201);
    expect(await statusWith(rotated.json().key)).toBe(200);
    const repeated = await post(url, {}, 'rotation-one');
    expect(repeated.json()).toMatchObject({ code: 'KEY_ALREADY_CREATED', id: rotated.json().id });
  });

  it('leaves the Idempotency-Key free where no key was shown', async () => {
    const url = await keyToRotate('two');
    store.lost = 3;
    expect((await post(url, {}, 'rotation-two')).json()).toMatchObject({
      status: 409,
      code: 'CONCURRENT_UPDATE',
    });
    const again = await post(url, {}, 'rotation-two');
    expect(again.statusCode).toBe(201);
    expect(await statusWith(again.json().key)).toBe(200);
  });

  it('leaves it free where the store was away between the successor and the rotation', async () => {
    const url = await keyToRotate('three');
    store.away = 1;
    expect((await post(url, {}, 'rotation-three')).statusCode).toBe(503);
    const again = await post(url, {}, 'rotation-three');
    expect(again.statusCode).toBe(201);
    expect(await statusWith(again.json().key)).toBe(200);
    const repeated = await post(url, {}, 'rotation-three');
    expect(repeated.json()).toMatchObject({ code: 'KEY_ALREADY_CREATED', id: again.json().id });
  });

  it('has one successor at a time, and whoever asks for a second is told of the first', async () => {
    const url = await keyToRotate('four');
    const { id: first } = (await post(url, {}, 'rotation-four')).json();
    const refused = { status: 409, code: 'KEY_ALREADY_ROTATED' };
    expect((await post(url, {}, 'rotation-five')).json()).toMatchObject({ ...refused, id: first });
    await revoke(first);
    const { id: second } = (await post(url, {}, 'rotation-five')).json();
    const { id: third } = (await post(`/v1/keys/${second}/rotate`, {}, 'rotation-six')).json();
    await revoke(second);
    expect((await post(url, {}, 'rotation-seven')).json()).toMatchObject({ ...refused, id: third });
  });

  it('has one, too, when two ask for one at once', async () => {
    const url = await keyToRotate('five');
    const both = await Promise.all(['eight', 'nine'].map((name) => post(url, {}, name)));
    expect(both.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409]);
  });

  it('passes no more from its revocation on, though it was remembered from just before', async () => {
    const { id, key } = (await post('/v1/keys', { role: 'analyst' }, 'brief')).json();
    expect(await statusWith(key)).toBe(200);
    await revoke(id);
    expect(await statusWith(key)).toBe(401);
  });
});
