import {
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type EventStore,
  type ExpectedHead,
  type JsonObject,
  type NewEvent,
  type RecordedEvent,
} from '../../event-store/event-store.js';
import type { Clock } from '../../platform/clock.js';
import { crashPoint } from '../../platform/crash-points.js';
import { newEventId } from '../../platform/ids.js';
import type { IdempotencyHashes } from '../../platform/request-hashes.js';

/** Who changes something, and the id that ties together what the request caused. */
export interface ChangeBy {
  /** As events name them: `operator:key_...`. */
  readonly actor: string;
  readonly reason: string | null;
  readonly correlationId: string;
  /** Of a request that brought an Idempotency-Key; a second change of the same key is none. */
  readonly call?: IdempotencyHashes | undefined;
  /** The version that the change was thought out on; another is refused. Null: whatever there is. */
  readonly onVersion?: number | null;
}

/** The settings are no longer those that the change was thought out on. */
export class StaleVersion extends Error {
  readonly code = 'STALE_VERSION';
}

interface Change {
  readonly type: string;
  readonly version: number;
  readonly data: object;
}

const APPEND_TRIES_MAX = 3;

/**
 * A small stream of settings, folded in memory. What was read stays known while the store is away. One reader polls it
 * from the revision that it knows; the log itself is not subscribed to, as settings must not wait behind payments.
 */
export class WatchedStream<State> {
  #state: State;
  #head: ExpectedHead = 'no stream';
  #position: string | null = null;
  #reading: Promise<void> | null = null;
  /** Key hashes of the calls that changed something; settings change seldom, so they are few. */
  readonly #calls = new Set<string>();

  constructor(
    private readonly parts: {
      readonly store: EventStore;
      readonly clock: Clock;
      readonly stream: string;
      readonly evolve: (state: State, event: RecordedEvent) => State;
    },
    initial: State,
  ) {
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  /** How often the settings were changed, as far as this process knows. */
  get version(): number {
    return this.#head === 'no stream' ? 0 : this.#head.revision + 1;
  }

  /** Of the last change that this process knows; null: there was none. */
  get position(): string | null {
    return this.#position;
  }

  /** Reads what was appended since. @throws StoreUnavailable */
  async refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /**
   * Decides on the newest state and appends behind it; null from `decide`: nothing to do.
   * @returns the position of the append; null where nothing was appended
   * @throws StoreUnavailable, OutcomeUnknown, StaleVersion, WrongRevision where others kept changing it
   */
  async change(decide: (state: State) => Change | null, by: ChangeBy): Promise<string | null> {
    for (let tries = 1; ; tries++) {
      await this.#refreshAnew();
      if (by.call !== undefined && this.#calls.has(by.call.keyHash)) return null;
      const { onVersion = null } = by;
      if (onVersion !== null && onVersion !== this.version) throw new StaleVersion();
      const change = decide(this.#state);
      if (change === null) return null;
      try {
        crashPoint('setting-change-ready');
        const { position } = await this.#append(this.#event(change, by));
        crashPoint('setting-change-durable');
        await this.#refreshAnew().catch(ignoreAbsence);
        return position;
      } catch (error) {
        if (!(error instanceof WrongRevision) || tries === APPEND_TRIES_MAX) throw error;
      }
    }
  }

  /** Every event of the stream, from the store. @throws StoreUnavailable */
  async history(): Promise<readonly RecordedEvent[]> {
    return await this.parts.store.readStream(this.parts.stream);
  }

  /** A read that began before now may have missed what was appended meanwhile. */
  async #refreshAnew(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    await this.refresh();
  }

  async #read(): Promise<void> {
    const { store, stream, evolve } = this.parts;
    const from = this.#head === 'no stream' ? 0 : this.#head.revision + 1;
    for (const event of await store.readStream(stream, from)) {
      this.#state = evolve(this.#state, event);
      const { idempotency } = event.metadata;
      if (idempotency !== undefined) this.#calls.add(idempotency);
      this.#head = { revision: event.revision, hash: event.metadata.hash };
      this.#position = event.position;
    }
  }

  #event(change: Change, by: ChangeBy): NewEvent {
    const { actor, correlationId, call } = by;
    const at = this.parts.clock.now();
    const metadata = {
      at,
      actor,
      correlationId,
      causationId: correlationId,
      ...(call && { idempotency: call.keyHash, requestHash: call.requestHash }),
    };
    // Settings are JSON by their types; TypeScript can't see an interface as an index signature.
    return { ...change, id: newEventId(), data: change.data as JsonObject, metadata };
  }

  async #append(event: NewEvent) {
    const { store, stream } = this.parts;
    const expected = this.#head;
    for (let tries = 1; ; tries++) {
      try {
        return await store.append(stream, expected, [event]);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || tries === APPEND_TRIES_MAX) throw error;
      }
    }
  }
}

/** The change is durable; the next poll brings it. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}
