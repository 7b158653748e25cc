import { InMemoryEventStore } from '../../event-store/in-memory/in-memory-event-store.js';
import { SystemClock } from '../../platform/clock.js';
import { StaleVersion, WatchedStream, type ChangeBy } from './watched-stream.js';

const call = { keyHash: 'hash-of-a-key', requestHash: 'k1:hash-of-a-body' };
const by: ChangeBy = { actor: 'operator:key_1', reason: null, correlationId: 'c', call };
const step = (count: number) => ({ type: 'Counted', version: 1, data: { count: count + 1 } });

describe('a change of settings with an Idempotency-Key', () => {
  let store: InMemoryEventStore;
  const open = () =>
    new WatchedStream(
      { store, clock: new SystemClock(), stream: 'counter', evolve: (count: number) => count + 1 },
      0,
    );
  beforeEach(() => {
    store = new InMemoryEventStore();
  });

  it('is made once, however many copies run at the same time and wherever', async () => {
    const here = open();
    const elsewhere = open();
    const positions = await Promise.all([
      here.change(step, by),
      here.change(step, by),
      elsewhere.change(step, by),
    ]);
    expect(positions.filter((position) => position !== null)).toHaveLength(1);
    const [event, ...more] = await store.readStream('counter');
    expect(more).toEqual([]);
    expect(event?.metadata).toMatchObject({
      idempotency: call.keyHash,
      requestHash: call.requestHash,
    });
  });

  it('leaves changes of other keys and of none alone', async () => {
    const counter = open();
    await counter.change(step, by);
    await counter.change(step, { ...by, call: { ...call, keyHash: 'another' } });
    const { call: _none, ...withoutKey } = by;
    await counter.change(step, withoutKey);
    await counter.change(step, withoutKey);
    expect(counter.state).toBe(4);
  });
});

describe('a change thought out on a version', () => {
  const { call: _none, ...withoutKey } = by;

  it('is refused on another, also where two were thought out on the same at once', async () => {
    const store = new InMemoryEventStore();
    const open = () =>
      new WatchedStream(
        {
          store,
          clock: new SystemClock(),
          stream: 'counter',
          evolve: (count: number) => count + 1,
        },
        0,
      );
    const [here, elsewhere] = [open(), open()];
    const first = { ...withoutKey, onVersion: 0 };
    const changes = await Promise.allSettled([
      here.change(step, first),
      elsewhere.change(step, first),
    ]);
    const refused = changes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toEqual([expect.any(StaleVersion)]);
    await elsewhere.change(step, { ...withoutKey, onVersion: 1 });
    await expect(here.change(step, { ...withoutKey, onVersion: 1 })).rejects.toThrow(StaleVersion);
    expect([here.version, (await store.readStream('counter')).length]).toEqual([2, 2]);
  });

  it('is made once for its key, whatever the version is by then', async () => {
    const store = new InMemoryEventStore();
    const counter = new WatchedStream(
      { store, clock: new SystemClock(), stream: 'counter', evolve: (count: number) => count + 1 },
      0,
    );
    await counter.change(step, { ...by, onVersion: 0 });
    expect(await counter.change(step, { ...by, onVersion: 0 })).toBeNull();
  });
});
