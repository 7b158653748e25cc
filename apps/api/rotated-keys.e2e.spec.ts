import {
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

  override async append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const isRotation = events.some(({ type }) => type === 'ApiKeyRotated');
    if (isRotation && this.lost-- > 0) throw new WrongRevision(stream, 0, 1);
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
});
