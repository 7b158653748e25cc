import { setTimeout as pause } from 'node:timers/promises';
import { END } from '@eventstore/db-client';
import type { EventStoreDbConnection } from './connection.js';

const RESUBSCRIBE_PAUSE_MS = 500;

/**
 * Tells when something new is in the log, by a subscription to its end whose events are not even looked at. So it is
 * never the slow consumer that the server drops, and what a gap in it misses is found by the readers' next look.
 */
export class LogWatch {
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly onEvent: () => void,
  ) {}

  /** Idempotent. */
  start(): void {
    this.running ??= this.run(this.ending.signal);
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await this.watch(ended);
      // A subscription never comes back by itself.
      await pause(RESUBSCRIBE_PAUSE_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  private async watch(ended: AbortSignal): Promise<void> {
    const events = this.connection.reader.subscribeToAll({ fromPosition: END });
    const cancel = () => {
      events.destroy();
      events.unsubscribe().catch(() => undefined);
    };
    events.on('error', () => undefined);
    // An event between two subscriptions wakes nobody, so the new one does.
    events.once('confirmation', this.onEvent);
    ended.addEventListener('abort', cancel);
    try {
      for await (const _event of events) this.onEvent();
    } catch {
      // Dropped, or cancelled, or the server is away: all of it is met by subscribing again.
    } finally {
      ended.removeEventListener('abort', cancel);
      cancel();
    }
  }
}
