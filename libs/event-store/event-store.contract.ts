import { describeAppending, describeConflicts } from './contract/appending.contract.js';
import type { EventStoreHarness } from './contract/harness.js';
import { describeRandomLives } from './contract/random-lives.contract.js';
import { describeLog, describeStreams } from './contract/reading.contract.js';
import { describeClose, describeSubscriptions } from './contract/subscribing.contract.js';
import type { EventStore } from './event-store.js';

export type { EventStoreHarness } from './contract/harness.js';

const START_TIMEOUT_MS = 120_000;

/** What the port promises, for any adapter: two instances on one log of a real engine. */
export function describeEventStore(title: string, start: () => Promise<EventStoreHarness>): void {
  describe(title, () => {
    let harness: EventStoreHarness;
    let first: EventStore;
    let second: EventStore;
    beforeAll(async () => {
      harness = await start();
      first = await harness.open();
      second = await harness.open();
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await first?.close();
      await second?.close();
      await harness?.dispose();
    }, START_TIMEOUT_MS);

    const store = () => first;
    const other = () => second;
    describeConflicts(store);
    describeAppending(store, other);
    describeStreams(store);
    describeLog(store, other);
    describeSubscriptions(store, other, () => harness);
    describeRandomLives(store, other, () => harness);
    describeClose(() => harness.open());
  });
}
