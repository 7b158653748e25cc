import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventStore, Position } from '../event-store.js';
import { untilItAnswers } from './harness.js';
import { OperationCount } from './operation-count.js';
import { pick, type Choose } from './random-events.js';
import { RandomReader } from './random-reader.js';
import { RandomWriter, type SharedLife } from './random-writer.js';
import { isOpen, TriedBatches, type TriedBatch } from './tried-batches.js';

const OPERATIONS = 700;
const WRITERS = 10;
const READERS = 8;
const REPETITIONS_MAX = 50;
const CATCH_UP_TIMEOUT_MS = 30_000;
/** The seed's sequences of choices. */
const CHOOSERS = { life: 0, reader: 100, writer: 200 };

interface LifeOptions {
  /** Nothing before it is looked at. */
  readonly start: Position;
  readonly stores: readonly EventStore[];
  /** Each comes once, in the middle of a chapter of its own; the first chapter has none. */
  readonly troubles: readonly (() => Promise<unknown>)[];
  readonly idsOfOneStreamOnly: boolean;
  /** Another sequence of choices for each number, all from one seed. */
  readonly chooser: (nth: number) => Choose;
}

/** All that writers and readers of one stretch of the log did and were told. */
export interface RandomLife extends SharedLife {
  readonly readers: readonly RandomReader[];
}

/**
 * Who wants what follows from the choices; who comes before whom, from the machine as well. Ends at rest: every outcome is
 * known, and every reader stands at the end.
 */
export async function liveRandomly(options: LifeOptions): Promise<RandomLife> {
  const { start, stores, chooser, idsOfOneStreamOnly } = options;
  const batches = new TriedBatches(start);
  const tag = randomUUID().slice(0, 8);
  const life: SharedLife = { stores, tag, batches, looks: [], idsOfOneStreamOnly };
  const count = new OperationCount();
  const readers: RandomReader[] = [];
  const following = Array.from({ length: READERS }, async (_, nth) => {
    const chooses = chooser(CHOOSERS.reader + nth);
    // Half of them come later, and begin at a place that somebody knows by then.
    if (nth % 2 === 1) await count.more(chooses(OPERATIONS));
    const from = pick(chooses, batches.positions);
    const reader = new RandomReader(pick(chooses, stores), chooses, from);
    readers.push(reader);
    await reader.follow(count);
  });
  try {
    await write(life, options, count);
    for (const batch of batches.all) await settle(life, batch);
  } finally {
    count.end();
    await Promise.all(following);
  }
  const signal = AbortSignal.timeout(CATCH_UP_TIMEOUT_MS);
  const end = batches.positions.toSorted().at(-1) ?? batches.start;
  await Promise.all(readers.map((reader) => reader.catchUp(end, signal)));
  return { ...life, readers };
}

async function write(
  life: SharedLife,
  { troubles, chooser }: LifeOptions,
  count: OperationCount,
): Promise<void> {
  const choose = chooser(CHOOSERS.life);
  const writers = Array.from(
    { length: WRITERS },
    (_, nth) => new RandomWriter(life, chooser(CHOOSERS.writer + nth)),
  );
  const operations = Math.floor(OPERATIONS / (1 + troubles.length));
  for (const trouble of [() => Promise.resolve(), ...shuffled(choose, troubles)]) {
    let left = operations;
    const writing = writers.map(async (writer) => {
      while (left-- > 0) {
        count.step();
        // A store in memory answers without a turn of the event loop.
        await nextTurn();
        await writer.act();
      }
    });
    const disturbing = count.more(choose(operations / 2)).then(trouble);
    await Promise.all([...writing, disturbing]);
  }
}

/** As callers do it: the same batch again until its outcome is known. */
async function settle({ stores, batches }: SharedLife, batch: TriedBatch): Promise<void> {
  for (let nth = 0; isOpen(batch) && nth < REPETITIONS_MAX; nth++) {
    const store = stores[nth % stores.length];
    if (store === undefined) return;
    await untilItAnswers(store);
    await batches.send(store, batch);
  }
}

function shuffled<T>(choose: Choose, list: readonly T[]): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(choose(left.length), 1));
}
