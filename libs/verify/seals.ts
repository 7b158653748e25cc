import { createHash, type Hash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LOG_START, type Position, type RecordedEvent } from '../event-store/event-store.js';
import { crashPoint } from '../platform/crash-points.js';
import { errorCode } from '../platform/postgres.js';
import type { Findings } from './finding.js';

/** A part of the log as it once was: all events of (from, to], kept apart from the log's own database. */
export interface Seal {
  readonly log_id: string;
  readonly from: Position;
  readonly to: Position;
  readonly events: number;
  /** Hex SHA-256 over place and hash of each event. */
  readonly hash: string;
}

/** The file of seals can't be used; says why. */
export class SealsUnreadable extends Error {
  readonly code = 'SEALS_UNREADABLE';
}

const sealLine = z.strictObject({
  log_id: z.string(),
  from: z.string().regex(/^[0-9a-f]{32}$/),
  to: z.string().regex(/^[0-9a-f]{32}$/),
  events: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Every seal in the file, oldest first; none where there is no file. @throws SealsUnreadable */
export async function readSeals(file: string): Promise<readonly Seal[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw new SealsUnreadable(`The seals in ${file} can't be read.`, { cause });
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    try {
      return sealLine.parse(JSON.parse(line));
    } catch (cause) {
      throw new SealsUnreadable(`Line ${index + 1} of ${file} is no seal.`, { cause });
    }
  });
}

/** Adds a line; on the disk when it resolves. */
export async function appendSeal(file: string, seal: Seal): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    crashPoint('seal-ready');
    await handle.write(`${JSON.stringify(seal)}\n`);
    crashPoint('seal-unsynced');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Holds the events of a log, in order, against its seals, and makes the next one. */
export class SealedLog {
  readonly #seals: readonly Seal[];
  #next = 0;
  #from = LOG_START;
  #to = LOG_START;
  #events = 0;
  #hash: Hash = createHash('sha256');

  /** Seals of another log say nothing of this one. */
  constructor(
    private readonly logId: string,
    seals: readonly Seal[],
    private readonly findings: Findings,
  ) {
    this.#seals = seals.filter(({ log_id: id }) => id === logId);
  }

  take(event: RecordedEvent): void {
    this.#closeBefore(event.position);
    const { stream, revision, position, metadata } = event;
    this.#hash.update(`${position} ${stream} ${revision} ${metadata.hash}\n`);
    this.#events += 1;
    this.#to = position;
  }

  /** After the last event. The seal of what no seal covers yet; null: there is nothing. */
  finish(): Seal | null {
    this.#closeBefore(null);
    if (this.#events === 0) return null;
    const { logId } = this;
    return {
      log_id: logId,
      from: this.#from,
      to: this.#to,
      events: this.#events,
      hash: this.#hash.digest('hex'),
    };
  }

  /** Seals that end before the position are complete; null: all are. */
  #closeBefore(position: Position | null): void {
    for (;;) {
      const seal = this.#seals[this.#next];
      if (seal === undefined || (position !== null && position <= seal.to)) return;
      this.#next += 1;
      this.#check(seal);
      this.#from = seal.to;
      this.#to = seal.to;
      this.#events = 0;
      this.#hash = createHash('sha256');
    }
  }

  #check(seal: Seal): void {
    const same = seal.events === this.#events && seal.hash === this.#hash.digest('hex');
    if (same && seal.from === this.#from) return;
    const text =
      seal.events > this.#events
        ? `${seal.events - this.#events} of its events are gone`
        : 'its events are others';
    this.findings.add(
      'removed_events',
      { position: seal.to },
      `the log from ${seal.from} to here is not what was sealed: ${text}`,
    );
  }
}
