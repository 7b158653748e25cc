const HASHES_MAX = 20_000;

/**
 * Hashes of events that this process read or appended: the server compares revisions only, so the hash of an expected
 * head is compared here. Events never change, so what is known once stays true; the least recently used are forgotten.
 */
export class KnownHashes {
  private readonly hashes = new Map<string, string>();

  get(stream: string, revision: number): string | undefined {
    const key = `${revision}@${stream}`;
    const hash = this.hashes.get(key);
    if (hash !== undefined) this.put(key, hash);
    return hash;
  }

  remember(stream: string, revision: number, hash: string): void {
    this.put(`${revision}@${stream}`, hash);
  }

  private put(key: string, hash: string): void {
    this.hashes.delete(key);
    this.hashes.set(key, hash);
    if (this.hashes.size <= HASHES_MAX) return;
    for (const oldest of this.hashes.keys()) {
      this.hashes.delete(oldest);
      return;
    }
  }
}
