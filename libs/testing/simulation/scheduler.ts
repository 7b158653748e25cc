import type { Choose } from '../seeded-random.js';

/** Something that will happen, unless it is called off. */
export interface Planned {
  cancelled: boolean;
}

interface Task {
  readonly planned: Planned;
  readonly atMs: number;
  /** Decides between tasks of one instant. */
  readonly tie: number;
  readonly run: () => void;
}

const TIES = 1 << 20;

/**
 * Virtual time: whatever waits, waits here, and one task at a time is let go on. Between two tasks all that follows
 * from the first without waiting is done, so that the order of things is that of the seed alone.
 */
export class Scheduler {
  /** Epoch milliseconds. */
  nowMs: number;
  /** Tasks done so far. */
  turns = 0;
  readonly #heap: Task[] = [];

  constructor(
    startMs: number,
    private readonly choose: Choose,
  ) {
    this.nowMs = startMs;
  }

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  /** Runs the task in so many ms. */
  in(ms: number, run: () => void, planned: Planned = { cancelled: false }): Planned {
    this.#push({ atMs: this.nowMs + ms, tie: this.choose(TIES), run, planned });
    return planned;
  }

  /** Lets time pass until nothing is left before `untilMs`, or the turns are used up (false), or it is `over`. */
  async run(untilMs: number, turnsMax: number, over: () => boolean): Promise<boolean> {
    while (!over()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      if (next.planned.cancelled) continue;
      if (this.turns >= turnsMax) return false;
      this.turns += 1;
      this.nowMs = next.atMs;
      next.run();
      await allThatFollows();
    }
    return true;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let index = heap.push(task) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(task, at(heap, above))) break;
      heap[index] = at(heap, above);
      index = above;
    }
    heap[index] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = index * 2 + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(at(heap, below + 1), at(heap, below))) below += 1;
      if (!isBefore(at(heap, below), last)) break;
      heap[index] = at(heap, below);
      index = below;
    }
    heap[index] = last;
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tie < other.tie);
}

function at(heap: readonly Task[], index: number): Task {
  const task = heap[index];
  if (task === undefined) throw new Error('the heap is broken');
  return task;
}

/** Promises that are settled already go on before the next turn of the event loop: nothing else is waited for here. */
function allThatFollows(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
