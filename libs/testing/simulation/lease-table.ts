import type { Life } from './simulated-node.js';
import type { World } from './world.js';

const LEASE_MS = 3_000;

interface Held {
  readonly token: number;
  readonly life: Life;
  readonly losing: AbortController;
}

export interface Lease {
  readonly token: number;
  readonly lost: AbortSignal;
}

/** Who leads the workers. A holder that hangs for longer than its lease is followed by another, and hears of it late. */
export class LeaseTable {
  #token = 0;
  #held: Held | null = null;
  readonly #waiting: { readonly life: Life; readonly grant: (lease: Lease) => void }[] = [];

  constructor(private readonly world: World) {}

  acquire(life: Life): Promise<Lease> {
    return new Promise((grant) => {
      this.#waiting.push({ life, grant });
      this.#grantNext();
    });
  }

  release(token: number): void {
    if (this.#held?.token !== token) return;
    this.#held = null;
    this.#grantNext();
  }

  /** The life crashed or was stopped: its lease runs out unless it is back in time. */
  silent(life: Life): void {
    const held = this.#held;
    if (held?.life !== life) return;
    this.world.scheduler.in(LEASE_MS, () => {
      if (this.#held !== held || (life.isAlive && !life.isStopped)) return;
      this.#held = null;
      if (life.isAlive) {
        this.world.faults.met('second_leader');
        // It goes on for a while before it learns of that.
        life.in(this.world.choose(LEASE_MS), () => held.losing.abort());
      }
      this.#grantNext();
    });
  }

  #grantNext(): void {
    if (this.#held !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (!next.life.isAlive) return this.#grantNext();
    this.#token += 1;
    const losing = new AbortController();
    this.#held = { token: this.#token, life: next.life, losing };
    const lease = { token: this.#token, lost: losing.signal };
    next.life.in(0, () => next.grant(lease));
  }
}
