import { createHash, type Hash } from 'node:crypto';
import { LOG_START, type Position, type RecordedEvent } from '../event-store/event-store.js';
import type { Findings } from './finding.js';
import type { Seal } from './seal-file.js';

/** A seal in the making: events are added in the order of the log. */
export class OpenSeal {
  events = 0;
  to: Position;
  readonly #hash: Hash = createHash('sha256');

  constructor(readonly from: Position) {
    this.to = from;
  }

  add({ stream, revision, position, metadata }: RecordedEvent): void {
    this.#hash.update(`${position} ${stream} ${revision} ${metadata.hash}\n`);
    this.events += 1;
    this.to = position;
  }

  /** Nothing can be added any more. */
  close(logId: string): Seal {
    const { from, to, events } = this;
    return { log_id: logId, from, to, events, hash: this.#hash.digest('hex') };
  }
}

interface Active {
  readonly seal: Seal;
  readonly found: OpenSeal;
}

/**
 * Holds the events of a log, in order, against its seals, and makes the next one. Seals follow on each other; where two
 * writers once overlapped, both are checked.
 */
export class SealedLog {
  readonly #seals: AsyncIterator<Seal>;
  #active: Active[] = [];
  /** Read from the file, its events still to come. Null: there are no more. */
  #next: Seal | null | undefined;
  #covered = LOG_START;
  #passed = LOG_START;
  #tail = new OpenSeal(LOG_START);

  /** Seals of another log say nothing of this one. */
  constructor(
    private readonly logId: string,
    seals: AsyncIterable<Seal>,
    private readonly findings: Findings,
  ) {
    this.#seals = seals[Symbol.asyncIterator]();
  }

  /** Up to where seals of this log reach, as far as they were read. LOG_START: there is none. */
  get covered(): Position {
    return this.#covered;
  }

  /** The next events. @throws what reading the seals throws */
  async take(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      if (this.#mayBegin(event.position)) await this.#activateBefore(event.position);
      this.#closeBefore(event.position);
      for (const { found } of this.#active) found.add(event);
      if (event.position > this.#covered) this.#tail.add(event);
      this.#passed = event.position;
    }
  }

  /** After the last event. The seal of what no seal covers yet; null: there is nothing. */
  async finish(): Promise<Seal | null> {
    await this.#activateBefore(null);
    this.#closeBefore(null);
    return this.#tail.events === 0 ? null : this.#tail.close(this.logId);
  }

  /** Asked first, as most events begin no seal and need not wait for one to be read. */
  #mayBegin(position: Position): boolean {
    return this.#next === undefined || (this.#next !== null && this.#next.from < position);
  }

  /** Seals that begin before the position; null: all that are left. */
  async #activateBefore(position: Position | null): Promise<void> {
    for (;;) {
      if (this.#next === undefined) this.#next = await this.#read();
      const seal = this.#next;
      if (seal === null || (position !== null && seal.from >= position)) return;
      this.#next = undefined;
      // Appended late, behind newer seals, whose events cover its own.
      if (seal.from < this.#passed && seal.from < this.#covered) continue;
      if (seal.from > this.#covered) {
        const text = `no seal covers the log from ${this.#covered} to here: a line of seals is gone`;
        this.findings.add('removed_events', { position: seal.from }, text);
      }
      this.#active.push({ seal, found: new OpenSeal(seal.from) });
      if (seal.to > this.#covered) {
        this.#covered = seal.to;
        this.#tail = new OpenSeal(seal.to);
      }
    }
  }

  async #read(): Promise<Seal | null> {
    for (;;) {
      const { value, done } = await this.#seals.next();
      if (done === true) return null;
      if (value.log_id === this.logId) return value;
    }
  }

  /** Seals that end before the position are complete; null: all are. */
  #closeBefore(position: Position | null): void {
    const complete = (seal: Seal) => position === null || seal.to < position;
    if (!this.#active.some(({ seal }) => complete(seal))) return;
    for (const active of this.#active) if (complete(active.seal)) this.#check(active);
    this.#active = this.#active.filter(({ seal }) => !complete(seal));
  }

  #check({ seal, found }: Active): void {
    const { events, hash } = found.close(this.logId);
    if (seal.events === events && seal.hash === hash) return;
    const text =
      seal.events > events
        ? `${seal.events - events} of its events are gone`
        : 'its events are others';
    this.findings.add(
      'removed_events',
      { position: seal.to },
      `the log from ${seal.from} to here is not what was sealed: ${text}`,
    );
  }
}
