const WORDS_OF_ID = 4;
const SLOTS_AT_FIRST = 1 << 16;
const FILLED_MAX = 0.6;

/** A set of UUIDs at 16 bytes a slot: a million takes about 32 MB, strings in a Set four times as much. */
export class EventIds {
  #slots = SLOTS_AT_FIRST;
  #words = new Uint32Array(SLOTS_AT_FIRST * WORDS_OF_ID);
  #size = 0;
  /** All zeros marks a free slot, so the nil UUID stands beside. */
  #nil = false;

  /** False where it was there already. */
  add(uuid: string): boolean {
    const id = wordsOf(uuid);
    if (id.every((word) => word === 0)) {
      const added = !this.#nil;
      this.#nil = true;
      return added;
    }
    const added = this.#put(id);
    if (added && ++this.#size > this.#slots * FILLED_MAX) this.#grow();
    return added;
  }

  #put(id: Uint32Array): boolean {
    const [a = 0, b = 0, c = 0, d = 0] = id;
    // The last words of a UUID v7 are random.
    let slot = (c ^ d) & (this.#slots - 1);
    for (;;) {
      const at = slot * WORDS_OF_ID;
      const [w = 0, x = 0, y = 0, z = 0] = this.#words.subarray(at, at + WORDS_OF_ID);
      if (w === a && x === b && y === c && z === d) return false;
      if (w === 0 && x === 0 && y === 0 && z === 0) {
        this.#words.set(id, at);
        return true;
      }
      slot = (slot + 1) & (this.#slots - 1);
    }
  }

  #grow(): void {
    const before = this.#words;
    this.#slots *= 2;
    this.#words = new Uint32Array(this.#slots * WORDS_OF_ID);
    for (let at = 0; at < before.length; at += WORDS_OF_ID) {
      const id = before.subarray(at, at + WORDS_OF_ID);
      if (id.some((word) => word !== 0)) this.#put(id);
    }
  }
}

function wordsOf(uuid: string): Uint32Array {
  const hex = uuid.replaceAll('-', '');
  const words = new Uint32Array(WORDS_OF_ID);
  for (let word = 0; word < WORDS_OF_ID; word += 1) {
    words[word] = Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16);
  }
  return words;
}
