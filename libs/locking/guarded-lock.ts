import type { Clock } from '../platform/clock.js';
import { PaymentLock } from './payment-lock.js';

/** A key that an engine gave; letting go of it may fail, the engine then forgets it in its own time. */
export interface GrantedKey {
  release(): Promise<void>;
}

/** What grants keys between processes. Any throw means: away, nobody can tell. */
export interface LockEngine {
  /** Resolves once it can be asked. */
  connect(): Promise<void>;
  tryLock(key: string): Promise<GrantedKey | 'busy'>;
  close(): Promise<void>;
}

export interface GuardedLockOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told once when the engine goes away, and at most once in TROUBLE_INTERVAL_MS while it stays so. */
  readonly onTrouble: (error: unknown) => void;
  readonly onOutcome?: (outcome: LockOutcome) => void;
}

export const LOCK_OUTCOMES = ['got', 'busy', 'away'] as const;
export type LockOutcome = (typeof LOCK_OUTCOMES)[number];

/** Longest wait for an engine's word, and for its taking a key back. */
const LOCK_WORD_TIMEOUT_MS = 250;
/** How long a start waits for an engine. */
const LOCK_CONNECT_TIMEOUT_MS = 1_000;
/** So long after an engine gave no word it is not asked: each question could cost the whole time-out. */
const LOCK_AWAY_PAUSE_MS = 1_000;
const TROUBLE_INTERVAL_MS = 30_000;

/**
 * An engine behind a map of the keys that this process holds: a key that is held here costs no question, and none is
 * asked twice at once. An engine without a word in time is left alone for a moment, and the work goes on without it.
 */
export class GuardedLock extends PaymentLock {
  readonly #held = new Set<string>();
  #askAgainAtMs = 0;
  #tellAgainAtMs = 0;
  #closed = false;

  constructor(
    private readonly engine: LockEngine,
    private readonly options: GuardedLockOptions,
  ) {
    super();
  }

  override async withLock<T>(key: string, work: () => Promise<T>): Promise<T | 'busy'> {
    if (this.#held.has(key)) return this.#count('busy');
    this.#held.add(key);
    try {
      const granted = await this.#ask(key);
      if (granted === 'busy') return this.#count('busy');
      this.#count(granted === null ? 'away' : 'got');
      try {
        return await work();
      } finally {
        if (granted !== null) await this.#letGo(granted);
      }
    } finally {
      this.#held.delete(key);
    }
  }

  /** Waits a moment for the engine, so that the first question finds it; one that is away is told of. Never throws. */
  async connect(): Promise<void> {
    try {
      await inTime(this.engine.connect(), LOCK_CONNECT_TIMEOUT_MS);
    } catch (error) {
      this.#trouble(error);
    }
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.engine.close();
  }

  /** Null: no word, go on without. */
  async #ask(key: string): Promise<GrantedKey | 'busy' | null> {
    if (this.#closed || this.options.clock.monotonicMs() < this.#askAgainAtMs) return null;
    const answer = this.engine.tryLock(key);
    try {
      return await inTime(answer, LOCK_WORD_TIMEOUT_MS);
    } catch (error) {
      // A grant that comes too late would be held by nobody.
      void answer.then(
        (late) => (late === 'busy' ? undefined : late.release().catch(() => undefined)),
        () => undefined,
      );
      this.#trouble(error);
      return null;
    }
  }

  /** Waited for: the client's next call may come over another process, and must not meet this one's key. */
  async #letGo(granted: GrantedKey): Promise<void> {
    try {
      await inTime(granted.release(), LOCK_WORD_TIMEOUT_MS);
    } catch (error) {
      this.#trouble(error);
    }
  }

  #trouble(error: unknown): void {
    if (this.#closed) return;
    const nowMs = this.options.clock.monotonicMs();
    this.#askAgainAtMs = nowMs + LOCK_AWAY_PAUSE_MS;
    if (nowMs < this.#tellAgainAtMs) return;
    this.#tellAgainAtMs = nowMs + TROUBLE_INTERVAL_MS;
    this.options.onTrouble(error);
  }

  #count<Outcome extends LockOutcome>(outcome: Outcome): Outcome {
    this.options.onOutcome?.(outcome);
    return outcome;
  }
}

async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the lock gave no word within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
