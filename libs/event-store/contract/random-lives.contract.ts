import { eventually } from '../../testing/eventually.js';
import { seededRandom } from '../../testing/seeded-random.js';
import type { EventStore, Position, RecordedEvent } from '../event-store.js';
import { newEvents, newStream, type EventStoreHarness } from './harness.js';
import type { Choose } from './random-events.js';
import { liveRandomly, type RandomLife } from './random-life.js';
import { faultsOfLook, faultsOfLookAtRest, randomLook, sameEvent } from './random-looks.js';
import type { RandomReader } from './random-reader.js';
import { readAllPages } from './reading.contract.js';
import {
  brokenStreamsOf,
  changedIn,
  contradictionsIn,
  missingOf,
  unaccountedIn,
  wrongRefusalsIn,
} from './told-and-stored.js';
import type { Answer } from './tried-batches.js';

const SEEDS = 1_000_000;
/** Sequences of choices of one seed. */
const CHOOSERS_MAX = 1_000;
const LOOKER = 300;
const LOOKS_AT_REST = 80;
const LIFE_TIMEOUT_MS = 120_000;
const FAULTS_SHOWN_MAX = 5;

/** One random life of the log, on connections that break where there are any, and what has to hold after each. */
export function describeRandomLives(
  store: () => EventStore,
  other: () => EventStore,
  harness: () => EventStoreHarness,
): void {
  const seed = Number(process.env['STORE_SEED'] ?? Math.floor(Math.random() * SEEDS));
  const chooser = (nth: number): Choose => {
    const random = seededRandom(seed * CHOOSERS_MAX + nth);
    return (bound) => Math.floor(random() * bound);
  };

  describe(`a random life of the log (STORE_SEED=${seed})`, () => {
    let life: RandomLife;
    let log: readonly RecordedEvent[];
    let fragile: boolean;
    beforeAll(async () => {
      const start = await settledHead(store());
      const { idsOfOneStreamOnly = false, openFragile } = harness();
      const broken = await openFragile?.();
      const { stores, troubles } = broken ?? { stores: [store(), other()], troubles: [] };
      fragile = broken !== undefined;
      try {
        life = await liveRandomly({ start, stores, troubles, idsOfOneStreamOnly, chooser });
      } finally {
        await broken?.dispose();
      }
      log = (await readAllPages(store(), start)).events;
    }, LIFE_TIMEOUT_MS);

    const told = (kind: Answer['told']) =>
      life.batches.all.filter((batch) => batch.answers.some((answer) => answer.told === kind));

    it('holds all that was acknowledged: once, in order, where it was told to be (I-7)', () => {
      expect(told('stored').length).toBeGreaterThan(100);
      expectNone(missingOf(life.batches.all, log));
      expectNone(brokenStreamsOf(log));
    });

    it('holds nothing that was refused, away or lost, and nothing twice (I-7)', () => {
      expect(told('conflict').length).toBeGreaterThan(10);
      expect(told('other hash').length).toBeGreaterThan(0);
      expectNone(unaccountedIn(log, life.batches.all));
    });

    it('gives a batch that comes again its first result, whatever was between (I-8)', () => {
      const again = told('stored').filter(({ answers }) => answers.length > 1);
      expect(again.length).toBeGreaterThan(10);
      expectNone(contradictionsIn(life.batches.all));
    });

    it('leaves no outcome unknown: repeated, it is stored or lost, and never both (I-8)', () => {
      if (fragile) expect(told('unknown').length).toBeGreaterThan(0);
      expectNone(contradictionsIn(told('unknown')));
    });

    it('refuses with the reason that there was, and tells where the stream stood', () => {
      expectNone(wrongRefusalsIn(life.batches.all, log));
    });

    it('gives back what was written, to the last character', () => {
      expectNone(changedIn(log, life.batches.all));
    });

    it('shows every reader its events once, in the order of the log, through all that broke (I-30)', () => {
      for (const reader of life.readers) {
        expectNone(reader.faults);
        expectSameEvents(reader, log);
      }
      const readings = life.readers.map((reader) => reader.readings);
      expect(Math.max(...readings)).toBeGreaterThan(2);
    });

    it('showed whoever looked what stands there at the end', () => {
      expect(life.looks.length).toBeGreaterThan(100);
      expectNone(life.looks.flatMap((look) => faultsOfLook(look, log)));
    });

    it('is read from any place, with any filter, to its very end', async () => {
      const choose = chooser(LOOKER);
      for (let nth = 0; nth < LOOKS_AT_REST; nth++) {
        const one = choose(2) === 0 ? store() : other();
        const look = await randomLook(one, choose, life);
        if (look === undefined) throw new Error('nothing disturbs the store any more');
        expectNone(faultsOfLookAtRest(look, log));
      }
    });
  });
}

/** Behind all that came before, of which nothing may be on its way into the log any more. */
async function settledHead(store: EventStore): Promise<Position> {
  const { position } = await store.append(newStream(), 'no stream', newEvents(1));
  await eventually(async () => expect(await store.head()).toBe(position));
  return position;
}

/** A few sentences say more than a thousand. */
function expectNone(faults: readonly string[]): void {
  expect(faults.slice(0, FAULTS_SHOWN_MAX)).toEqual([]);
}

function expectSameEvents(reader: RandomReader, log: readonly RecordedEvent[]): void {
  const wanted = log.filter((event) => reader.wants(event));
  const differing = wanted.findIndex((event, index) => {
    const seen = reader.seen[index];
    return seen === undefined || !sameEvent(seen, event);
  });
  const name = reader.name;
  const at = wanted[differing]?.position;
  expect({ name, events: reader.seen.length, at }).toEqual({ name, events: wanted.length });
}
