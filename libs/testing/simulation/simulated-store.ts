import {
  EventStore,
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type Appended,
  type ExpectedHead,
  type LogFilter,
  type LogPage,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type SubscriptionOptions,
} from '../../event-store/event-store.js';
import type { Life } from './simulated-node.js';

const LOG_ID = 'log_000000000000';
const TRIP_SPREAD_MS = 12;
const LATE_SPREAD_MS = 3_000;
/** Processes die or are stopped around an append now and then. */
const CRASH_ONCE_IN = 120;
const STOP_ONCE_IN = 120;

/** Whether the engine answers at all; shared by all who connect to it. */
export class StoreHealth {
  away = false;
}

/** The event store as one process sees it: slow, sometimes away, sometimes silent about what it did. */
export class SimulatedStore extends EventStore {
  constructor(
    private readonly life: Life,
    private readonly health: StoreHealth,
  ) {
    super();
  }

  override async logId(): Promise<string> {
    return LOG_ID;
  }

  override async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    await this.#trip();
    this.#assertThere();
    return await this.life.world.log.read(stream, from);
  }

  override append(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const { life } = this;
      const { scheduler, faults } = life.world;
      const arrivesInMs = life.world.choose(TRIP_SPREAD_MS);
      if (faults.isDue(CRASH_ONCE_IN)) {
        scheduler.in(life.world.choose(2 * TRIP_SPREAD_MS), () => life.world.crash(life));
      }
      if (faults.isDue(STOP_ONCE_IN)) {
        scheduler.in(life.world.choose(2 * TRIP_SPREAD_MS), () => life.world.stop(life));
      }
      const fail = (error: Error) => life.in(arrivesInMs, () => reject(error));
      if (this.health.away) {
        faults.met('store_away');
        fail(new StoreUnavailable('the store is away'));
      } else if (faults.strikes('append_refused', 40)) {
        fail(new StoreUnavailable('the store refused'));
      } else if (faults.strikes('append_unknown_lost', 40)) {
        fail(new OutcomeUnknown('the connection broke'));
      } else if (faults.strikes('append_late', 60)) {
        fail(new OutcomeUnknown('the connection broke'));
        const lateMs = arrivesInMs + life.world.choose(LATE_SPREAD_MS);
        scheduler.in(lateMs, () => void this.#store(stream, expected, events).catch(nobodyHears));
      } else {
        scheduler.in(arrivesInMs, () => {
          if (!life.isAlive && this.#goesDown()) return;
          this.#store(stream, expected, events).then(
            (appended) => this.#answer(() => resolve(appended), reject),
            (error: unknown) => life.in(0, () => reject(asError(error))),
          );
        });
      }
    });
  }

  override async readAll(after: Position, limit: number, filter?: LogFilter): Promise<LogPage> {
    await this.#trip();
    this.#assertThere();
    const page = await this.life.world.log.page(after, limit);
    if (filter === undefined) return page;
    throw new Error('nobody reads pages with a filter here');
  }

  override async *subscribeAll(
    after: Position,
    options: SubscriptionOptions,
  ): AsyncIterable<LogPage> {
    for await (const page of this.life.world.log.subscribe(after, options)) {
      await this.#trip();
      yield page;
    }
  }

  override head(): Promise<Position> {
    return this.life.world.log.head();
  }

  override async countAfter(): Promise<number> {
    throw new Error('nobody counts here');
  }

  override async close(): Promise<void> {
    // Nothing to let go of.
  }

  /** A request of a process that died on its way: it may have left the machine or not. */
  #goesDown(): boolean {
    const lost = this.life.world.choose(2) === 0;
    this.life.world.faults.met(lost ? 'append_lost_in_crash' : 'append_stored_after_crash');
    return lost;
  }

  async #store(
    stream: string,
    expected: ExpectedHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    try {
      return await this.life.world.log.append(stream, expected, events);
    } catch (error) {
      if (error instanceof WrongRevision) this.life.world.faults.met('revision_conflict');
      throw error;
    }
  }

  #answer(resolve: () => void, reject: (error: Error) => void): void {
    const { life } = this;
    if (life.world.faults.strikes('append_unknown_stored', 40)) {
      life.in(TRIP_SPREAD_MS, () => reject(new OutcomeUnknown('the answer was lost')));
    } else life.in(life.world.choose(TRIP_SPREAD_MS), resolve);
  }

  #trip(): Promise<void> {
    return this.life.wait(this.life.world.choose(TRIP_SPREAD_MS));
  }

  #assertThere(): void {
    if (!this.health.away) return;
    this.life.world.faults.met('store_away');
    throw new StoreUnavailable('the store is away');
  }
}

function nobodyHears(): void {
  // Whoever sent it was told that its outcome is unknown.
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
