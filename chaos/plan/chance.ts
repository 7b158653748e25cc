import { hash } from 'node:crypto';

/** Chance that repeats itself: the same seed and name give the same draws. The generator is sfc32. */
export class Chance {
  readonly #state: Uint32Array;

  constructor(seed: number, name: string) {
    const digest = hash('sha256', `${seed}:${name}`, 'buffer');
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32LE(index * 4));
  }

  /** From 0 to below 1. */
  next(): number {
    const [a = 0, b = 0, c = 0, count = 0] = this.#state;
    const sum = (a + b + count) >>> 0;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = c + (c << 3);
    this.#state[2] = ((c << 21) | (c >>> 11)) + sum;
    this.#state[3] = count + 1;
    return sum / 2 ** 32;
  }

  /** A whole number; both bounds may come. */
  from(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  often(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError for an empty list */
  one<Item>(items: readonly Item[]): Item {
    const item = items[this.from(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  shuffled<Item>(items: readonly Item[]): readonly Item[] {
    const keyed = items.map((item) => ({ item, key: this.next() }));
    return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
  }
}
