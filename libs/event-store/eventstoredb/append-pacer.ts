import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Writable } from 'node:stream';
import { StoreUnavailable } from '../event-store.js';

/**
 * The client queues batch appends that its stream doesn't take at once (16 of them), and when that stream breaks each
 * of those is an unhandled rejection, which ends the process. So no more are handed over than the stream has room for.
 */
const STREAM_ROOM = 15;
const FULL_PAUSE_MS = 1;
const APPENDS_WAITING_MAX = 10_000;

interface Waiting {
  readonly go: () => void;
  readonly refuse: (reason: unknown) => void;
}

export class AppendPacer {
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;
  private running = false;

  /** `client` gives the one that the next append goes to, undefined where it is to be replaced first. */
  constructor(private readonly client: () => EventStoreDBClient | undefined) {}

  /** Resolves when the append may be sent; `done` has to follow when it is settled. @throws StoreUnavailable */
  async turn(): Promise<void> {
    if (this.waiting.length >= APPENDS_WAITING_MAX) {
      throw new StoreUnavailable('too many appends are waiting');
    }
    await new Promise<void>((go, refuse) => {
      this.waiting.push({ go, refuse });
      if (!this.running) void this.run();
    });
  }

  done(): void {
    this.inFlight -= 1;
  }

  /** Whoever waits would only learn the same, one after the other. */
  refuseWaiting(reason: unknown): void {
    for (const { refuse } of this.waiting.splice(0)) refuse(reason);
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      const room = this.room();
      for (const { go } of this.waiting.splice(0, room)) {
        this.inFlight += 1;
        go();
      }
      // What was let go reaches the stream within this turn, and is seen by the next look at its room.
      if (room > 0) await nextTurn();
      else await pause(FULL_PAUSE_MS);
    }
    this.running = false;
  }

  private room(): number {
    const client = this.client();
    const stream = client === undefined ? undefined : batchStreamOf(client);
    // Without one (first append, reconnecting, none that is trusted) all in flight may still be on their way to it.
    const taken = stream === undefined ? this.inFlight : stream.writableLength;
    return stream?.writableNeedDrain === true ? 0 : Math.max(0, STREAM_ROOM - taken);
  }
}

/** The client keeps its open streams in a private set; the batch append is the only one that it writes to. */
function batchStreamOf(client: EventStoreDBClient): Writable | undefined {
  const { disposableStreams } = client as unknown as { disposableStreams?: Set<Partial<Writable>> };
  for (const stream of disposableStreams ?? []) {
    const writable = typeof stream.writableLength === 'number' && stream.destroyed === false;
    if (writable) return stream as Writable;
  }
  return undefined;
}
