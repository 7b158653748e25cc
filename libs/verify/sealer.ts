import { setTimeout as pause } from 'node:timers/promises';
import { LOG_START, type EventStore } from '../event-store/event-store.js';
import { endTogether } from '../platform/end-together.js';
import { appendSeal, lastSeal } from './seal-file.js';
import { OpenSeal } from './seals.js';

export interface SealerOptions {
  readonly store: EventStore;
  readonly file: string;
  /** Longest time that an event waits for its seal. */
  readonly intervalMs: number;
  /** Asked before each line: only one process writes. */
  readonly isHeld: () => boolean;
  readonly signal: AbortSignal;
}

/** A seal is closed once it holds so many, and at the latest after the interval. */
export const SEAL_EVENTS_MIN = 1_000;
/** Between two pages while it is behind the log's end: whoever else reads the log comes first. */
const CATCH_UP_PAUSE_MS = 20;

/**
 * Seals the log as it grows, from behind the last seal of the file on. Resolves after the signal, or once another
 * process leads; what was not sealed by then is sealed by the next one. @throws SealsUnreadable, StoreUnavailable
 */
export async function sealLog(options: SealerOptions): Promise<void> {
  const { store, file, signal } = options;
  const logId = await store.logId();
  const last = await lastSeal(file, logId);
  const sealer = new Sealer(options, logId, new OpenSeal(last?.to ?? LOG_START));
  await endTogether(signal, (ended) => [sealer.follow(ended), sealer.sealInTime(ended)]);
}

class Sealer {
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: SealerOptions,
    private readonly logId: string,
    private pending: OpenSeal,
  ) {}

  async follow(signal: AbortSignal): Promise<void> {
    for await (const page of this.options.store.subscribeAll(this.pending.to, { signal })) {
      for (const event of page.events) this.pending.add(event);
      if (this.pending.events >= SEAL_EVENTS_MIN) await this.#seal();
      if (!this.options.isHeld()) return;
      if (!page.atEnd) await waited(CATCH_UP_PAUSE_MS, signal);
    }
  }

  async sealInTime(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.options.isHeld()) {
      await waited(this.options.intervalMs, signal);
      await this.#seal();
    }
  }

  /** One line after the other, however many ask. */
  #seal(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      if (this.pending.events === 0 || !this.options.isHeld()) return;
      const closed = this.pending;
      this.pending = new OpenSeal(closed.to);
      await appendSeal(this.options.file, closed.close(this.logId));
    });
    return this.#writing;
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
