import type { Logger } from '../../platform/logging.js';

/** Something in memory that follows the store. */
export interface Refreshable {
  /** @throws StoreUnavailable */
  refresh(): Promise<void>;
}

const SETTINGS_POLL_MS = 1_000;

/** Refreshes settings again and again; while the store is away, what was known last stays. */
export class SettingsPoll {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #away = false;

  constructor(
    private readonly followed: readonly Refreshable[],
    private readonly logger: Pick<Logger, 'warn' | 'info'>,
    private readonly intervalMs = SETTINGS_POLL_MS,
  ) {}

  /** Reads once, then goes on by itself. Never throws: a store that is away only delays changes. */
  async start(): Promise<void> {
    this.#running = this.#refresh();
    await this.#running;
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#refresh().then(() => this.#schedule());
    }, this.intervalMs);
    // Nothing waits for it at the end of a process.
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    const results = await Promise.allSettled(this.followed.map((it) => it.refresh()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined && !this.#away) {
      const detail = 'settings of gateways and routing can not be read; the last known ones stand';
      this.logger.warn({ err: failed.reason }, detail);
    }
    if (failed === undefined && this.#away) this.logger.info('settings are read again');
    this.#away = failed !== undefined;
  }
}
