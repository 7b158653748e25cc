/** What stands in for time: who waits, waits for so many operations of the others, or for the end of all. */
export class OperationCount {
  private done = 0;
  private readonly ending = new AbortController();
  private waiting: { readonly until: number; readonly go: () => void }[] = [];

  /** Aborted once nothing more happens. */
  get over(): AbortSignal {
    return this.ending.signal;
  }

  step(): void {
    this.done += 1;
    this.release();
  }

  /** Resolves after so many more, or at the end. */
  more(operations: number): Promise<void> {
    if (this.over.aborted || operations === 0) return Promise.resolve();
    return new Promise((go) => this.waiting.push({ until: this.done + operations, go }));
  }

  end(): void {
    this.ending.abort();
    this.release();
  }

  private release(): void {
    const due = this.waiting.filter(({ until }) => this.over.aborted || until <= this.done);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter((one) => !due.includes(one));
    for (const { go } of due) go();
  }
}
