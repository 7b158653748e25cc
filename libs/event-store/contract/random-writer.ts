import type { EventStore, ExpectedHead, NewEvent, RecordedEvent } from '../event-store.js';
import { headOf } from '../hash-chain.js';
import { untilItAnswers } from './harness.js';
import {
  oneIn,
  pick,
  randomEvent,
  randomEvents,
  randomStream,
  type Choose,
} from './random-events.js';
import { lookAtStream, randomLook, type Look } from './random-looks.js';
import { isOpen, storedAnswers, type TriedBatch, type TriedBatches } from './tried-batches.js';

const OTHER_HASH = 'f'.repeat(64);
const FAR_AHEAD = 100_000;

/** What all writers of a life have before them. */
export interface SharedLife {
  readonly stores: readonly EventStore[];
  /** Ends the name of every stream of this life. */
  readonly tag: string;
  readonly batches: TriedBatches;
  readonly looks: Look[];
  /** Whether ids of one stream may stand in another. */
  readonly idsOfOneStreamOnly: boolean;
}

/** One of those who append and look, as callers do it, and as confused callers do it. */
export class RandomWriter {
  private readonly mine: TriedBatch[] = [];

  constructor(
    private readonly life: SharedLife,
    private readonly choose: Choose,
  ) {}

  async act(): Promise<void> {
    const kind = this.choose(100);
    const store = pick(this.choose, this.life.stores);
    if (kind < 12) await this.repeat(store, this.stored());
    else if (kind < 20) await this.repeat(store, this.mine.filter(isOpen));
    else if (kind < 40) await this.look(store);
    else if (kind < 43) await this.appendInPart(store);
    else await this.append(store);
  }

  /** A caller that lost the answer, or had none. */
  private async repeat(store: EventStore, batches: readonly TriedBatch[]): Promise<void> {
    if (batches.length > 0) await this.send(store, pick(this.choose, batches));
  }

  private async look(store: EventStore): Promise<void> {
    const seen = await randomLook(store, this.choose, this.life);
    if (seen === undefined) await untilItAnswers(store);
    else this.life.looks.push(seen);
  }

  /** Begins as a batch that is stored, and goes on otherwise. */
  private async appendInPart(store: EventStore): Promise<void> {
    const stored = this.stored();
    if (stored.length === 0) return;
    const { stream, expected, events } = pick(this.choose, stored);
    const changed = [...events.slice(0, 1), randomEvent(this.choose)];
    await this.send(store, this.life.batches.plan(stream, expected, changed));
  }

  private async append(store: EventStore): Promise<void> {
    const { batches, tag, stores, looks } = this.life;
    const stream = randomStream(this.choose, tag);
    const look = await lookAtStream(store, { stream, from: 0 }, batches);
    if (look === undefined) return untilItAnswers(store);
    looks.push(look);
    const batch = batches.plan(stream, this.expected(look.events), this.events(stream));
    this.mine.push(batch);
    const sends = [this.send(store, batch)];
    // A caller that was too quick: the same batch is on its way twice.
    if (oneIn(this.choose, 8)) sends.push(this.send(pick(this.choose, stores), batch));
    await Promise.all(sends);
  }

  private async send(store: EventStore, batch: TriedBatch): Promise<void> {
    const { told } = await this.life.batches.send(store, batch);
    if (told === 'away' || told === 'unknown') await untilItAnswers(store);
  }

  /** The head that was read, as a rule. */
  private expected(events: readonly RecordedEvent[]): ExpectedHead {
    const last = events.at(-1);
    const any = events[this.choose(events.length)];
    switch (this.choose(20)) {
      case 0:
        return 'no stream';
      case 1:
        return { revision: FAR_AHEAD, hash: OTHER_HASH };
      case 2:
        return { revision: last?.revision ?? 0, hash: OTHER_HASH };
      case 3:
        return any === undefined ? 'no stream' : headOf(any);
      default:
        return last === undefined ? 'no stream' : headOf(last);
    }
  }

  /** New ones, now and then with one whose id stands in another stream already. */
  private events(stream: string): readonly NewEvent[] {
    const events = randomEvents(this.choose);
    const elsewhere = this.stored().filter((batch) => batch.stream !== stream);
    if (this.life.idsOfOneStreamOnly || elsewhere.length === 0) return events;
    if (!oneIn(this.choose, 40)) return events;
    const [used] = pick(this.choose, elsewhere).events;
    return used === undefined ? events : [...events, { ...randomEvent(this.choose), id: used.id }];
  }

  private stored(): readonly TriedBatch[] {
    return this.mine.filter((batch) => storedAnswers(batch).length > 0);
  }
}
