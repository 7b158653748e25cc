import { setImmediate as nextTurn } from 'node:timers/promises';

/** Streams of one query. */
export const READS_PER_QUERY_MAX = 32;
/** A second query runs beside the first, so that nobody waits for a slow one alone; the rest gathers behind them. */
export const QUERIES_IN_FLIGHT_MAX = 2;

export interface StreamRead {
  readonly stream: string;
  /** The first revision. */
  readonly from: number;
}

interface WaitingRead<Row> extends StreamRead {
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads that are asked for while others are on their way share the next query: under load a round trip is paid once
 * for many of them. When idle a read leaves at once.
 */
export class GroupedReads<Row> {
  #waiting: WaitingRead<Row>[] = [];
  #inFlight = 0;

  /** @param query the rows of each read, in their order */
  constructor(
    private readonly query: (reads: readonly StreamRead[]) => Promise<readonly (readonly Row[])[]>,
  ) {}

  /** @throws what the query throws */
  read(stream: string, from: number): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ stream, from, resolve, reject });
      if (this.#inFlight < QUERIES_IN_FLIGHT_MAX) void this.#run();
    });
  }

  /** Never throws: a failure is that of the reads that shared the query. */
  async #run(): Promise<void> {
    this.#inFlight += 1;
    for (;;) {
      // A turn of the event loop, so that all reads that are due now go together.
      await nextTurn();
      const reads = this.#waiting.splice(0, READS_PER_QUERY_MAX);
      if (reads.length === 0) break;
      try {
        const rows = await this.query(reads);
        reads.forEach((read, index) => read.resolve(rows[index] ?? []));
      } catch (error) {
        for (const read of reads) read.reject(error);
      }
    }
    this.#inFlight -= 1;
  }
}
