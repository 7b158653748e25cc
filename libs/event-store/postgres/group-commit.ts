import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { errorCode, isConnectionError } from '../../platform/postgres.js';
import {
  ChainBroken,
  OutcomeUnknown,
  StoreUnavailable,
  WrongRevision,
  type Appended,
} from '../event-store.js';
import { InvalidBatch } from '../hash-chain.js';
import { appendAll, type AppendCommand, type CommandOutcome } from './append-statement.js';

export const COMMANDS_PER_COMMIT_MAX = 256;
export const COMMIT_BYTES_MAX = 4 * 1024 * 1024;
export const QUEUE_MAX = 10_000;
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
const COMMIT_ATTEMPTS_MAX = 5;

export interface GroupCommitOptions {
  /** Opens a connection of the writer's own; called again after that one broke. */
  readonly connect: () => Promise<pg.Client>;
  /** From the call to its answer, for every append. */
  readonly ackTimeoutMs: number;
  /** Commits in flight at once, each on its own connection. */
  readonly lanes: number;
  /** Called after a commit that stored something. */
  readonly onStored: () => void;
}

interface Waiting {
  readonly command: AppendCommand;
  readonly resolve: (result: Appended) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
  state: 'queued' | 'sent' | 'settled';
}

interface Lane {
  client: pg.Client | undefined;
  running: boolean;
}

/**
 * Appends that arrive while a commit is in flight share the next one: one round trip and one fsync for all of them.
 * When idle an append leaves at once.
 */
export class GroupCommit {
  private queue: Waiting[] = [];
  private queuedBytes = 0;
  private readonly streamsInFlight = new Set<string>();
  private readonly lanes: readonly Lane[];
  private closed = false;
  private whenIdle: (() => void) | undefined;

  constructor(private readonly options: GroupCommitOptions) {
    this.lanes = Array.from({ length: options.lanes }, () => ({
      client: undefined,
      running: false,
    }));
  }

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
      this.start();
    });
  }

  /** Lets what was accepted end, then closes the connections. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.lanes.some((lane) => lane.running) || this.queue.length > 0) {
      await new Promise<void>((resolve) => (this.whenIdle = resolve));
    }
    await Promise.all(this.lanes.map((lane) => lane.client?.end().catch(() => undefined)));
  }

  private start(): void {
    const lane = this.lanes.find((one) => !one.running);
    if (lane === undefined) return;
    lane.running = true;
    void this.run(lane);
  }

  private async run(lane: Lane): Promise<void> {
    for (;;) {
      // A turn of the event loop, so that all appends that are due now go together.
      await nextTurn();
      const batch = this.take();
      if (batch.length === 0) break;
      const streams = new Set(batch.map(({ command }) => command.stream));
      for (const stream of streams) this.streamsInFlight.add(stream);
      await this.commit(lane, batch);
      for (const stream of streams) this.streamsInFlight.delete(stream);
    }
    lane.running = false;
    if (this.queue.length === 0 && !this.lanes.some((one) => one.running)) this.whenIdle?.();
  }

  /** The oldest commands that fit; those of a stream that is in flight in another lane stay. */
  private take(): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.queue) {
      const full = batch.length >= COMMANDS_PER_COMMIT_MAX || bytes >= COMMIT_BYTES_MAX;
      if (full || this.streamsInFlight.has(waiting.command.stream)) {
        rest.push(waiting);
        continue;
      }
      bytes += waiting.command.bytes;
      waiting.state = 'sent';
      batch.push(waiting);
    }
    this.queue = rest;
    this.queuedBytes -= bytes;
    return batch;
  }

  /** Settles or queues again every member of the batch; never throws. */
  private async commit(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const client = await this.connected(lane, batch);
    if (client === undefined) return;
    for (let attempt = 1; ; attempt++) {
      try {
        const outcomes = await this.send(client, batch);
        batch.forEach((waiting, index) => this.answer(waiting, outcomes[index]));
        this.options.onStored();
        return;
      } catch (error) {
        if (isConnectionError(error)) {
          this.drop(lane, client);
          rejectAll(batch, new OutcomeUnknown('the connection broke', { cause: error }));
          return;
        }
        const fate = fateOf(error);
        if (fate === 'try again' && attempt < COMMIT_ATTEMPTS_MAX) continue;
        if (fate === 'one is wrong' && batch.length > 1) return this.commitEach(lane, batch);
        if (fate === 'one is wrong') {
          rejectAll(batch, invalid(error));
        } else {
          rejectAll(batch, new StoreUnavailable('Postgres refused the append', { cause: error }));
        }
        return;
      }
    }
  }

  /** One of them makes the whole statement fail: alone, it fails for itself. */
  private async commitEach(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    for (const waiting of batch) {
      if (waiting.state === 'sent') await this.commit(lane, [waiting]);
    }
  }

  private async connected(lane: Lane, batch: readonly Waiting[]): Promise<pg.Client | undefined> {
    if (lane.client !== undefined) return lane.client;
    try {
      const client = await this.options.connect();
      client.on('error', () => this.drop(lane, client));
      client.on('end', () => this.drop(lane, client));
      return (lane.client = client);
    } catch (cause) {
      const error = new StoreUnavailable('Postgres lets no writer in', { cause });
      rejectAll(batch, error);
      return undefined;
    }
  }

  /** A frozen server must not hold the lane for ever: past the time-out the connection is cut. */
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

  private drop(lane: Lane, client: pg.Client): void {
    if (lane.client === client) lane.client = undefined;
    client.end().catch(() => undefined);
  }

  private answer(waiting: Waiting, outcome: CommandOutcome | undefined): void {
    const { stream, expected, head } = waiting.command;
    if (outcome === undefined) {
      settle(waiting, () => waiting.reject(new OutcomeUnknown('Postgres gave no outcome')));
      return;
    }
    const position = outcome.outcome === 'stored' ? outcome.position : outcome.before;
    if (outcome.outcome === 'stored' || position !== null) {
      settle(waiting, () => waiting.resolve({ ...head, position: position ?? '' }));
      return;
    }
    const wanted = expected === 'no stream' ? expected : expected.revision;
    const actual = outcome.head?.revision ?? 'no stream';
    if (wanted !== actual) {
      settle(waiting, () => waiting.reject(new WrongRevision(stream, wanted, actual)));
    } else if (expected !== 'no stream' && outcome.head?.hash !== expected.hash) {
      settle(waiting, () => waiting.reject(new ChainBroken(stream, expected.revision)));
    } else if (waiting.state === 'sent') {
      // It stood behind another command of its stream, which lost: now it is its turn.
      waiting.state = 'queued';
      this.queue.unshift(waiting);
      this.queuedBytes += waiting.command.bytes;
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

function settle(waiting: Waiting, answer: () => void): void {
  if (waiting.state === 'settled') return;
  waiting.state = 'settled';
  clearTimeout(waiting.timer);
  answer();
}

function rejectAll(batch: readonly Waiting[], error: Error): void {
  for (const waiting of batch) settle(waiting, () => waiting.reject(error));
}

function invalid(cause: unknown): InvalidBatch {
  const code = errorCode(cause);
  const known = code === '23505';
  return new InvalidBatch(
    known ? 'an event id of the batch is in the log already' : `Postgres can't hold it (${code})`,
    { cause },
  );
}

/** What a rolled back commit calls for. */
function fateOf(error: unknown): 'try again' | 'one is wrong' | 'refused' {
  const code = errorCode(error) ?? '';
  if (code === '40P01' || code === '40001') return 'try again';
  // Integrity (an id that is in the log), data, and limits: made by one of the commands.
  return /^(23|22|54)/.test(code) ? 'one is wrong' : 'refused';
}
