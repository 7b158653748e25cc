import { APPEND_BYTES_MAX, chain, headOf, InvalidBatch, verifyChain } from '../hash-chain.js';
import {
  ChainBroken,
  WrongRevision,
  type EventStore,
  type ExpectedHead,
  type JsonObject,
} from '../event-store.js';
import { idsOf, newEvent, newEvents, newStream } from './harness.js';

const APPENDERS = 1_000;
const OTHER_HASH = 'f'.repeat(64);

async function refusal(append: Promise<unknown>): Promise<unknown> {
  return append.then(
    () => 'it was appended',
    (error: unknown) => error,
  );
}

export function describeConflicts(store: () => EventStore): void {
  describe('conflicts', () => {
    it('refuses a revision of a missing stream, and says that there is none', async () => {
      const stream = newStream();
      const expected: ExpectedHead = { revision: 0, hash: OTHER_HASH };
      const error = await refusal(store().append(stream, expected, [newEvent()]));
      expect(error).toBeInstanceOf(WrongRevision);
      expect(error).toMatchObject({ stream, expected: 0, actual: 'no stream' });
      expect(await store().readStream(stream)).toEqual([]);
    });

    it('refuses "no stream" when there is one, and gives its revision', async () => {
      const stream = newStream();
      await store().append(stream, 'no stream', newEvents(3));
      const error = await refusal(store().append(stream, 'no stream', [newEvent()]));
      expect(error).toBeInstanceOf(WrongRevision);
      expect(error).toMatchObject({ expected: 'no stream', actual: 2 });
    });

    it.each([
      ['older', 0],
      ['later', 7],
    ])('refuses an %s revision and gives the actual one', async (_name, revision) => {
      const stream = newStream();
      const { hash } = await store().append(stream, 'no stream', newEvents(3));
      const error = await refusal(store().append(stream, { revision, hash }, [newEvent()]));
      expect(error).toBeInstanceOf(WrongRevision);
      expect(error).toMatchObject({ expected: revision, actual: 2 });
      expect(await store().readStream(stream)).toHaveLength(3);
    });

    it('stores nothing of a batch in conflict and touches none beside it', async () => {
      const taken = newStream();
      await store().append(taken, 'no stream', [newEvent()]);
      const neighbours = Array.from({ length: 20 }, () => newStream());
      const appends = neighbours.map((stream) => store().append(stream, 'no stream', newEvents(2)));
      const conflict = refusal(store().append(taken, 'no stream', newEvents(5)));
      appends.push(...neighbours.map(() => store().append(newStream(), 'no stream', newEvents(1))));
      expect(await conflict).toMatchObject({ actual: 0 });
      const results = await Promise.all(appends);
      expect(results.map((result) => result.revision)).toEqual([
        ...neighbours.map(() => 1),
        ...neighbours.map(() => 0),
      ]);
      expect(await store().readStream(taken)).toHaveLength(1);
      for (const stream of neighbours) expect(await store().readStream(stream)).toHaveLength(2);
    });

    it(`lets exactly one of ${APPENDERS} concurrent appenders have a revision (I-7)`, async () => {
      const stream = newStream();
      const head = await store().append(stream, 'no stream', [newEvent()]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: APPENDERS }, () => store().append(stream, head, newEvents(2))),
      );
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(outcomes.length - lost.length).toBe(1);
      for (const outcome of lost) expect(outcome.reason).toBeInstanceOf(WrongRevision);
      expect(new Set(lost.map(({ reason }) => (reason as WrongRevision).actual))).toEqual(
        new Set([2]),
      );
      expect(await store().readStream(stream)).toHaveLength(3);
    });

    it('lets appenders who read again all get in, without gap or loss', async () => {
      const stream = newStream();
      await store().append(stream, 'no stream', [newEvent()]);
      const events = newEvents(25);
      await Promise.all(
        events.map(async (event) => {
          for (;;) {
            const last = (await store().readStream(stream)).at(-1);
            if (last === undefined) throw new Error('the stream has an event');
            const error = await store()
              .append(stream, headOf(last), [event])
              .then(() => undefined)
              .catch((reason: unknown) => reason);
            if (error === undefined) return;
            if (!(error instanceof WrongRevision)) throw error;
          }
        }),
      );
      const stored = await store().readStream(stream);
      expect(stored.map((event) => event.revision)).toEqual(stored.map((_, index) => index));
      expect(new Set(idsOf(stored.slice(1)))).toEqual(new Set(idsOf(events)));
      expect(verifyChain(stored)).toBeNull();
    });
  });
}

export function describeAppending(store: () => EventStore, other: () => EventStore): void {
  describe('append', () => {
    it('starts a stream and continues it at the exact revision, chained by hash', async () => {
      const stream = newStream();
      const first = newEvents(2);
      const head = await store().append(stream, 'no stream', first);
      expect(head).toMatchObject({
        revision: 1,
        hash: chain(stream, 'no stream', first)[1]?.metadata.hash,
      });
      const next = [newEvent({}, 'Continued')];
      const end = await store().append(stream, head, next);
      expect(end.revision).toBe(2);
      expect(end.position > head.position).toBe(true);
      const stored = await store().readStream(stream);
      expect(idsOf(stored)).toEqual(idsOf([...first, ...next]));
      expect(stored.at(-1)).toMatchObject({ position: end.position, metadata: { hash: end.hash } });
      expect(verifyChain(stored)).toBeNull();
    });

    it('adds nothing when the same batch is appended again, and gives the first result (I-8)', async () => {
      const stream = newStream();
      const batches = [newEvents(2), newEvents(3)];
      const first = await store().append(stream, 'no stream', batches[0]!);
      const second = await store().append(stream, first, batches[1]!);
      expect(await store().append(stream, first, batches[1]!)).toEqual(second);
      const third = await store().append(stream, second, newEvents(1));
      for (const one of [store(), other()]) {
        expect(await one.append(stream, 'no stream', batches[0]!)).toEqual(first);
        expect(await one.append(stream, first, batches[1]!)).toEqual(second);
      }
      const stored = await store().readStream(stream);
      expect(stored).toHaveLength(6);
      expect(headOf(stored[5]!)).toEqual({ revision: third.revision, hash: third.hash });
    });

    it('adds a batch once that is appended many times at once', async () => {
      const stream = newStream();
      const batch = newEvents(2);
      const results = await Promise.all(
        [store(), other(), store(), other()].map((one) => one.append(stream, 'no stream', batch)),
      );
      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
      expect(await store().readStream(stream)).toHaveLength(2);
    });

    it('refuses a batch that is the stored one only in part', async () => {
      const stream = newStream();
      const batch = newEvents(2);
      await store().append(stream, 'no stream', batch);
      const error = await refusal(store().append(stream, 'no stream', [batch[0]!, newEvent()]));
      expect(error).toBeInstanceOf(WrongRevision);
      expect(await store().readStream(stream)).toHaveLength(2);
    });

    it('breaks off when the head has another hash than the one that was read', async () => {
      const stream = newStream();
      const { revision } = await store().append(stream, 'no stream', newEvents(2));
      for (const one of [store(), other()]) {
        const error = await refusal(
          one.append(stream, { revision, hash: OTHER_HASH }, [newEvent()]),
        );
        expect(error).toBeInstanceOf(ChainBroken);
        expect(error).toMatchObject({ stream, revision });
      }
      expect(await store().readStream(stream)).toHaveLength(2);
    });

    it('takes an append of another instance into account', async () => {
      const stream = newStream();
      const head = await store().append(stream, 'no stream', newEvents(1));
      const next = await other().append(stream, head, newEvents(1));
      expect(await refusal(store().append(stream, head, newEvents(1)))).toMatchObject({
        actual: 1,
      });
      expect((await store().append(stream, next, newEvents(1))).revision).toBe(2);
    });

    it('refuses a batch that no store could keep, and goes on', async () => {
      const id = newEvent().id;
      const large = { text: 'x'.repeat(APPEND_BYTES_MAX) };
      const wrong = [
        [],
        [{ ...newEvent(), id: 'not-a-uuid' }],
        [{ ...newEvent(), type: '' }],
        [newEvent({ amount: 1n } as unknown as JsonObject)],
        [
          { ...newEvent(), id },
          { ...newEvent(), id },
        ],
        [newEvent(large)],
      ];
      for (const events of wrong) {
        const error = await refusal(store().append(newStream(), 'no stream', events));
        expect(error).toBeInstanceOf(InvalidBatch);
      }
      expect(await store().append(newStream(), 'no stream', newEvents(1))).toMatchObject({
        revision: 0,
      });
    });

    it('keeps data and metadata as they were sent: text, key order, large numbers', async () => {
      const stream = newStream();
      const data: JsonObject = {
        zulu: 'ß 漢字 \u{1f4b6} "quoted" \\ \n {}',
        amount: '12345678901234567890.00',
        largest: Number.MAX_SAFE_INTEGER,
        tiny: 1e-7,
        list: [null, true, [], {}],
        Alpha: { b: 1, a: '' },
        "o'clock, {a,b}": 'NULL',
      };
      const event = newEvent(data);
      const metadata = { ...event.metadata, idempotency: 'k', answers: ['a', 'b'] };
      await store().append(stream, 'no stream', [{ ...event, version: 3, metadata }]);
      for (const one of [store(), other()]) {
        const [stored] = await one.readStream(stream);
        expect(JSON.stringify(stored?.data)).toBe(JSON.stringify(data));
        expect(stored).toMatchObject({ id: event.id, type: event.type, version: 3, metadata });
        expect(verifyChain([stored!])).toBeNull();
      }
    });

    it('takes a batch of nearly the largest size', async () => {
      const stream = newStream();
      const data = { text: 'ü'.repeat(APPEND_BYTES_MAX / 2 - 1_000) };
      await store().append(stream, 'no stream', [newEvent(data)]);
      const [stored] = await other().readStream(stream);
      expect(stored?.data).toEqual(data);
    });
  });
}
