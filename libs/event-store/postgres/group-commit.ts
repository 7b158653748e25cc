import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { crashPoint } from '../../platform/crash-points.js';
import { isConnectionError } from '../../platform/postgres.js';
import { OutcomeUnknown, StoreUnavailable, type Appended } from '../event-store.js';
import { appendAll, type AppendCommand, type CommandOutcome } from './append-statement.js';
import { answerOf, fateOf, invalid, rejectAll, settle, type Waiting } from './waiting-append.js';

const COMMANDS_PER_COMMIT_MAX = 256;
const COMMANDS_PER_COMMIT_MIN = 8;
const COMMIT_BYTES_MAX = 4 * 1024 * 1024;
const QUEUE_MAX = 10_000;
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
const COMMIT_ATTEMPTS_MAX = 5;

export interface GroupCommitOptions {
  /** Opens a connection of the writer's own; called again after that one broke. */
  readonly connect: () => Promise<pg.Client>;
  /** From the call to its answer, for every append. */
  readonly ackTimeoutMs: number;
  /** Called after a commit that stored something. */
  readonly onStored: () => void;
}

interface Answered {
  readonly waiting: Waiting;
  readonly outcome: CommandOutcome | undefined;
}

/**
 * Appends that arrive while a commit is in flight share the next one: one round trip and one fsync for all of them.
 * When idle an append leaves at once.
 */
export class GroupCommit {
  private queue: Waiting[] = [];
  private queuedBytes = 0;
  private client: pg.Client | undefined;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: GroupCommitOptions) {}

  append(command: AppendCommand): Promise<Appended> {
    if (this.closed) return Promise.reject(new StoreUnavailable('the event store is closed'));
    if (this.queue.length >= QUEUE_MAX || this.queuedBytes + command.bytes > QUEUE_BYTES_MAX) {
      return Promise.reject(new StoreUnavailable('too many appends are waiting'));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { command, resolve, reject, timer: undefined, state: 'queued' };
      waiting.timer = setTimeout(() => this.expire(waiting), this.options.ackTimeoutMs);
      this.queue.push(waiting);
      this.queuedBytes += command.bytes;
      this.running ??= this.run();
    });
  }

  /** Lets what was accepted end, then closes the connection. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    await this.client?.end().catch(() => undefined);
  }

  /**
   * One commit at a time: a second in flight was measured and is no faster on the same disk and cores. What a commit
   * brought is told once the next one is under way, so that callers go on while Postgres works.
   */
  private async run(): Promise<void> {
    let answered: readonly Answered[] = [];
    for (;;) {
      // A turn of the event loop, so that all appends that are due now go together.
      if (answered.length === 0) await nextTurn();
      const batch = this.take(answered.length);
      if (batch.length === 0 && answered.length === 0) break;
      const committing = this.commit(batch);
      for (const { waiting, outcome } of answered) this.answer(waiting, outcome);
      answered = await committing;
    }
    this.running = undefined;
  }

  /**
   * The oldest commands that fit. At most half of all that are on their way: were they all in one commit, callers and
   * Postgres would wait for each other in turns.
   */
  private take(answered: number): Waiting[] {
    const half = Math.ceil((this.queue.length + answered) / 2);
    const most = Math.min(COMMANDS_PER_COMMIT_MAX, Math.max(half, COMMANDS_PER_COMMIT_MIN));
    let bytes = 0;
    let count = 0;
    for (const waiting of this.queue) {
      if (count >= most || bytes >= COMMIT_BYTES_MAX) break;
      bytes += waiting.command.bytes;
      waiting.state = 'sent';
      count += 1;
    }
    this.queuedBytes -= bytes;
    return this.queue.splice(0, count);
  }

  /** The outcomes of those that have one; the others are settled already. Never throws. */
  private async commit(batch: readonly Waiting[]): Promise<readonly Answered[]> {
    if (batch.length === 0) return [];
    const client = this.client ?? (await this.connected(batch));
    return client === undefined ? [] : await this.commitOn(client, batch);
  }

  private async commitOn(
    client: pg.Client,
    batch: readonly Waiting[],
  ): Promise<readonly Answered[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        crashPoint('append-ready');
        const outcomes = await this.send(client, batch);
        crashPoint('append-stored');
        this.options.onStored();
        return batch.map((waiting, index) => ({ waiting, outcome: outcomes[index] }));
      } catch (error) {
        if (isConnectionError(error)) {
          this.drop(client);
          rejectAll(batch, new OutcomeUnknown('the connection broke', { cause: error }));
          return [];
        }
        const fate = fateOf(error);
        if (fate === 'try again' && attempt < COMMIT_ATTEMPTS_MAX) continue;
        if (fate === 'one is wrong' && batch.length > 1) return await this.commitEach(batch);
        if (fate === 'one is wrong') {
          rejectAll(batch, invalid(error));
        } else {
          // What stood in the way may be the session's alone, such as a default of `read only` that is gone by now.
          this.drop(client);
          rejectAll(batch, new StoreUnavailable('Postgres refused the append', { cause: error }));
        }
        return [];
      }
    }
  }

  /** One of them makes the whole statement fail: alone, it fails for itself. */
  private async commitEach(batch: readonly Waiting[]): Promise<readonly Answered[]> {
    const answered: Answered[] = [];
    for (const waiting of batch) {
      if (waiting.state !== 'sent') continue;
      answered.push(...(await this.commit([waiting])));
    }
    return answered;
  }

  private async connected(batch: readonly Waiting[]): Promise<pg.Client | undefined> {
    try {
      const client = await this.options.connect();
      client.on('error', () => this.drop(client));
      client.on('end', () => this.drop(client));
      return (this.client = client);
    } catch (cause) {
      const error = new StoreUnavailable('Postgres lets no writer in', { cause });
      rejectAll(batch, error);
      return undefined;
    }
  }

  /** A frozen server must not hold the writer for ever: past the time-out the connection is cut. */
  private async send(
    client: pg.Client,
    batch: readonly Waiting[],
  ): Promise<readonly CommandOutcome[]> {
    // With a query in hand, end() cuts the socket, and the query fails with a connection error.
    const cut = setTimeout(() => {
      client.end().catch(() => undefined);
    }, this.options.ackTimeoutMs);
    try {
      return await appendAll(
        client,
        batch.map((waiting) => waiting.command),
      );
    } finally {
      clearTimeout(cut);
    }
  }

  private drop(client: pg.Client): void {
    if (this.client === client) this.client = undefined;
    client.end().catch(() => undefined);
  }

  private answer(waiting: Waiting, outcome: CommandOutcome | undefined): void {
    const answer = answerOf(waiting.command, outcome);
    if (answer === 'undecided') {
      if (waiting.state !== 'sent') return;
      // It stood behind another command of its stream, which lost: now it is its turn.
      waiting.state = 'queued';
      this.queue.unshift(waiting);
      this.queuedBytes += waiting.command.bytes;
    } else if (answer instanceof Error) {
      settle(waiting, () => waiting.reject(answer));
    } else {
      settle(waiting, () => waiting.resolve(answer));
    }
  }

  private expire(waiting: Waiting): void {
    if (waiting.state === 'sent') {
      settle(waiting, () => waiting.reject(new OutcomeUnknown('no answer in time')));
    } else if (waiting.state === 'queued') {
      this.queue = this.queue.filter((one) => one !== waiting);
      this.queuedBytes -= waiting.command.bytes;
      settle(waiting, () => waiting.reject(new StoreUnavailable('no turn in time')));
    }
  }
}
