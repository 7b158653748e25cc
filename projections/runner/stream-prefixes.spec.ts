import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { PAYMENT_LIVES, recordedLife } from '../../libs/testing/payment-lives.js';
import { StreamPrefixes } from './stream-prefixes.js';

describe('prefixes of streams', () => {
  const [life = []] = Object.values(PAYMENT_LIVES);
  const events = recordedLife(life);

  /** A log in which the stream has as many events as `length` says at the time. */
  function log(length: () => number, fault: () => Error | null = () => null) {
    const reads: string[] = [];
    const readStream = async (stream: string): Promise<readonly RecordedEvent[]> => {
      reads.push(stream);
      const error = fault();
      if (error !== null) throw error;
      return events.slice(0, length());
    };
    return { reads, store: { readStream } };
  }

  it('are read once for all who ask, and hold nothing from the revision on', async () => {
    const { reads, store } = log(() => events.length);
    const asked = [StreamPrefixes.of(store), StreamPrefixes.of(store)].map((prefixes) =>
      prefixes.before('payment-a', 3),
    );
    expect(await Promise.all(asked)).toEqual([events.slice(0, 3), events.slice(0, 3)]);
    expect(await StreamPrefixes.of(store).before('payment-a', 2)).toEqual(events.slice(0, 2));
    expect(reads).toEqual(['payment-a']);
  });

  it('are read again where the stream has grown', async () => {
    let length = 2;
    const { reads, store } = log(() => length);
    const prefixes = StreamPrefixes.of(store);
    await prefixes.before('payment-a', 2);
    length = 4;
    expect(await prefixes.before('payment-a', 4)).toEqual(events.slice(0, 4));
    expect(reads).toHaveLength(2);
  });

  it('are read again after a failure', async () => {
    let fault: Error | null = new Error('away');
    const { store } = log(
      () => events.length,
      () => fault,
    );
    const prefixes = StreamPrefixes.of(store);
    await expect(prefixes.before('payment-a', 2)).rejects.toThrow('away');
    fault = null;
    expect(await prefixes.before('payment-a', 2)).toEqual(events.slice(0, 2));
  });
});
