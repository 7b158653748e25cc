import { Chance } from '../../platform/chance.js';
import { Clock } from '../../platform/clock.js';
import type { Planned } from './scheduler.js';
import type { World } from './world.js';

/**
 * One life of a process, from its start to its crash. Everything that it waits for resolves through here, so that
 * nothing of it goes on once it has crashed, and nothing while it is stopped.
 */
export class Life {
  #alive = true;
  #stoppedUntilMs = 0;
  /** Whoever has a connection to it. */
  readonly onCrash = new Set<() => void>();
  /** Of this life: what it knew is gone with it. */
  readonly clock: LifeClock;
  readonly chance: Chance;

  constructor(
    readonly name: string,
    readonly world: World,
    /** By how much its wall clock is wrong, in ms. */
    skewMs: number,
  ) {
    this.clock = new LifeClock(this, skewMs);
    this.chance = new SeededChance(world);
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isStopped(): boolean {
    return this.#stoppedUntilMs > this.world.nowMs;
  }

  crash(): void {
    this.#alive = false;
    for (const tell of this.onCrash) tell();
  }

  /** As by SIGSTOP: it goes on later, and knows nothing of it. */
  stop(ms: number): void {
    this.#stoppedUntilMs = this.world.nowMs + ms;
  }

  /** Runs in so many ms, later where this life is stopped, and never where it has crashed. */
  in(ms: number, run: () => void): Planned {
    const { scheduler } = this.world;
    const planned = { cancelled: false };
    const tick = () => {
      if (!this.#alive) return;
      if (!this.isStopped) return run();
      scheduler.in(this.#stoppedUntilMs - this.world.nowMs, tick, planned);
    };
    return scheduler.in(ms, tick, planned);
  }

  /**
   * Asks something outside that takes so long: once the question is on its way it takes effect there, mostly also where
   * its sender dies meanwhile, who then does not hear of it.
   */
  request<T>(ms: number, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.world.scheduler.in(ms, () => {
        if (!this.#alive && this.world.choose(2) === 0) return;
        try {
          const result = effect();
          this.#hear(() => resolve(result));
        } catch (error) {
          this.#hear(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      });
    });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.in(ms, resolve);
    });
  }

  #hear(answer: () => void): void {
    if (this.isStopped) this.in(0, answer);
    else if (this.#alive) answer();
  }
}

export class LifeClock extends Clock {
  readonly #bornMs: number;

  constructor(
    private readonly life: Life,
    public skewMs: number,
  ) {
    super();
    this.#bornMs = life.world.nowMs;
  }

  override now(): string {
    return new Date(this.life.world.nowMs + this.skewMs).toISOString();
  }

  override monotonicMs(): number {
    return this.life.world.nowMs - this.#bornMs;
  }

  override pause(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return this.life.wait(ms);
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const planned = this.life.in(ms, done);
      function done(): void {
        planned.cancelled = true;
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }
}

class SeededChance extends Chance {
  constructor(private readonly world: World) {
    super();
  }

  override fraction(): number {
    return this.world.choose(1 << 20) / (1 << 20);
  }

  override newId(): string {
    return this.world.newId();
  }
}
