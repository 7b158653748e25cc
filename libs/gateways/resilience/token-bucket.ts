/** Lets `perSecond` calls a second through, and as many at once after a quiet second. `nowMs` is monotonic. */
export class TokenBucket {
  #tokens: number;
  #atMs: number;

  constructor(
    private readonly perSecond: number,
    nowMs: number,
  ) {
    this.#tokens = this.#most();
    this.#atMs = nowMs;
  }

  /** 0: there is a token beside those `ahead`; else ms until there is one. Takes none. */
  emptyForMs(nowMs: number, ahead = 0): number {
    this.#fill(nowMs);
    const missing = 1 + ahead - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((missing * 1000) / this.perSecond);
  }

  /** Takes one; only where there is one. */
  take(nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  #fill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.#atMs) * this.perSecond) / 1000;
    this.#tokens = Math.min(this.#most(), this.#tokens + gained);
    this.#atMs = Math.max(this.#atMs, nowMs);
  }

  #most(): number {
    return Math.max(1, this.perSecond);
  }
}
