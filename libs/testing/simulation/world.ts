import { createHash } from 'node:crypto';
import { seededRandom, type Choose } from '../seeded-random.js';
import { DurableLog } from './durable-log.js';
import { Faults } from './faults.js';
import { Scheduler } from './scheduler.js';

const START_MS = Date.UTC(2026, 2, 1);

/** What all parts of one run share: time, chance, the log that survives everything, and the trace of what happened. */
export class World {
  readonly choose: Choose;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly log = new DurableLog(() => this.nowMs);
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  /** Ends a life at once, and begins the next one some time later. */
  crash: (life: object) => void = () => undefined;
  /** Stops a life for a while. */
  stop: (life: object) => void = () => undefined;
  #ids = 0;

  constructor(readonly seed: number) {
    const random = seededRandom(seed);
    this.choose = (bound) => Math.floor(random() * bound);
    this.scheduler = new Scheduler(START_MS, this.choose);
    this.faults = new Faults(this.choose);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  /** In ms from `least` to below `least + spread`. */
  some(least: number, spread: number): number {
    return least + this.choose(spread);
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.choose(from.length)];
  }

  /** A UUID v7 in shape; its order is that of its making. */
  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  note(text: string): void {
    this.trace.push(`${this.nowMs - START_MS} ${text}`);
  }

  violated(text: string): void {
    this.violations.push(text);
    this.note(`VIOLATION ${text}`);
  }

  traceHash(): string {
    return createHash('sha256').update(this.trace.join('\n')).digest('hex');
  }
}
