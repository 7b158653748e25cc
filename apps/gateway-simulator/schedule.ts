interface Entry<Item> {
  readonly atMs: number;
  readonly item: Item;
}

/** Items by the time at which they are due; a binary heap. */
export class Schedule<Item> {
  readonly #heap: Entry<Item>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; null when nothing is. */
  nextAtMs(): number | null {
    return this.#heap[0]?.atMs ?? null;
  }

  add(atMs: number, item: Item): void {
    const heap = this.#heap;
    let place = heap.push({ atMs, item }) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#atMs(above) <= this.#atMs(place)) return;
      this.#swap(above, place);
      place = above;
    }
  }

  /** Takes the first out if it is due. */
  takeDue(nowMs: number): Item | null {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return null;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first.item;
  }

  #sink(): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      let least = place;
      if (this.#atMs(left) < this.#atMs(least)) least = left;
      if (this.#atMs(right) < this.#atMs(least)) least = right;
      if (least === place) return;
      this.#swap(least, place);
      place = least;
    }
  }

  #atMs(place: number): number {
    return this.#heap[place]?.atMs ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
