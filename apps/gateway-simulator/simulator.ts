import { join } from 'node:path';
import {
  type BookRecord,
  type Books,
  CorruptBooksError,
  type Dispute,
  emptyBooks,
  type Fact,
  gatewayBooks,
  gatewayOfRecord,
  type Operation,
  type WebhookEndpoint,
} from './books.js';
import { decide, isRepeat, type RefusalCode } from './books.decide.js';
import {
  decideAct,
  decideDisputeEnd,
  decideDisputeOpening,
  decideDue,
  dueOf,
  type Refusal,
} from './books.events.js';
import { evolve } from './books.evolve.js';
import { type Faults, NO_FAULTS } from './faults.js';
import { Journal } from './journal.js';
import type { OperationRequest } from './operation-request.js';
import { Schedule } from './schedule.js';

const DUE_PER_TURN_MAX = 1_000;
const TIMER_MAX_MS = 3_600_000;

export interface SimulatorOptions {
  /** Folder of `books.jsonl`. */
  readonly dataDir: string;
  /** The disk refused a write: the process must end, its memory is ahead of its file. */
  readonly onFailure: (error: Error) => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** Told of every new fact once it is durable. `place`: its number in the gateway's feed. */
  readonly onFact?: (gateway: string, fact: Fact, place: number) => void;
}

export type Performed =
  | { readonly type: 'performed' | 'repeated'; readonly operation: Operation }
  | { readonly type: 'refused'; readonly code: RefusalCode | 'key_used'; readonly message: string };

/** All gateways of one simulator: decides on the books in memory, and answers only what the file holds. */
export class Simulator {
  readonly books: Books = emptyBooks();
  readonly #faults = new Map<string, Faults>();
  readonly #due = new Schedule<Operation>();
  #journal: Journal | null = null;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #started = false;
  #closed = false;

  private constructor(private readonly options: SimulatorOptions) {}

  /** Replays the file and writes nothing. @throws JournalCorruptError, CorruptBooksError */
  static async open(options: SimulatorOptions): Promise<Simulator> {
    const simulator = new Simulator(options);
    simulator.#journal = await Journal.open(
      join(options.dataDir, 'books.jsonl'),
      (line) => evolve(simulator.books, recordOf(line)),
      options.onFailure,
    );
    return simulator;
  }

  /** From now on what is due comes by itself; not before the port is ours, and the file with it. */
  start(): void {
    this.#started = true;
    for (const operation of this.books.operations) this.#await(operation);
    this.#arm();
  }

  faults(gateway: string): Faults {
    return this.#faults.get(gateway) ?? NO_FAULTS;
  }

  /** false: no further gateway can have faults of its own. */
  setFaults(gateway: string, faults: Faults, gatewaysMax: number): boolean {
    if (!this.#faults.has(gateway) && this.#faults.size >= gatewaysMax) return false;
    this.#faults.set(gateway, faults);
    return true;
  }

  clearFaults(gateway: string): void {
    this.#faults.delete(gateway);
  }

  /** undefined: was never set; null: was ended. */
  webhooks(gateway: string): WebhookEndpoint | null | undefined {
    return this.books.gateways.get(gateway)?.webhooks;
  }

  async setWebhooks(gateway: string, endpoint: WebhookEndpoint | null): Promise<void> {
    await this.#write({ type: 'webhooks_set', gateway, endpoint, atMs: this.options.now() });
  }

  find(gateway: string, key: string): Operation | undefined {
    return this.books.gateways.get(gateway)?.byKey.get(key);
  }

  /** Performs a call, or finds what its key did before. */
  async perform(request: OperationRequest): Promise<Performed> {
    const known = this.find(request.gateway, request.key);
    if (known !== undefined) {
      if (!isRepeat(this.books, known, request)) {
        return { type: 'refused', code: 'key_used', message: 'the key had another content before' };
      }
      await this.durable();
      return { type: 'repeated', operation: known };
    }
    const circumstances = { nowMs: this.options.now(), faults: this.faults(request.gateway) };
    const decision = decide(this.books, request, circumstances);
    if (decision.type === 'refuse') {
      return { type: 'refused', code: decision.code, message: decision.message };
    }
    const written = this.#write(decision.record);
    const operation = gatewayBooks(this.books, request.gateway).byKey.get(request.key);
    if (operation === undefined) throw new Error('an operation is in the books once it is written');
    this.#await(operation);
    await written;
    return { type: 'performed', operation };
  }

  /** The customer's act; nothing changes once the operation came to an end. */
  async act(operation: Operation, result: 'success' | 'failure'): Promise<void> {
    const { gateway } = operation.record;
    const circumstances = { nowMs: this.options.now(), faults: this.faults(gateway) };
    const record = decideAct(operation, result, circumstances);
    if (record === null) return this.durable();
    const written = this.#write(record);
    this.#await(operation);
    await written;
  }

  async openDispute(wanted: {
    readonly gateway: string;
    readonly paymentId: string;
    readonly amount: bigint;
  }): Promise<Dispute | Refusal> {
    const record = decideDisputeOpening(this.books, wanted, this.options.now());
    if (record.type === 'refuse') return record;
    const written = this.#write(record);
    const dispute = this.books.disputes.at(-1);
    if (dispute === undefined) throw new Error('a dispute is in the books once it is written');
    await written;
    return dispute;
  }

  async endDispute(wanted: {
    readonly gateway: string;
    readonly id: string;
    readonly outcome: 'won' | 'lost';
  }): Promise<Dispute | Refusal> {
    const ended = decideDisputeEnd(this.books, wanted, this.options.now());
    if ('type' in ended) return ended;
    await (ended.record === null ? this.durable() : this.#write(ended.record));
    return ended.dispute;
  }

  /** Resolves once the file holds all that memory shows now: what is told must survive a kill. */
  durable(): Promise<void> {
    return this.#journal?.durable() ?? Promise.resolve();
  }

  /** Brings what is due at this instant into the books. */
  runDue(): void {
    const nowMs = this.options.now();
    for (let count = 0; count < DUE_PER_TURN_MAX; count += 1) {
      const operation = this.#due.takeDue(nowMs);
      if (operation === null) break;
      const record = decideDue(operation, nowMs);
      // A failed write reaches onFailure; nobody waits here.
      if (record !== null) this.#write(record).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#journal?.close();
  }

  /** Memory first, in the same turn as the line: the file's order is the order of the decisions. */
  #write(record: BookRecord): Promise<void> {
    if (this.#journal === null || this.#closed) {
      return Promise.reject(new Error('the simulator is closed'));
    }
    const gateway = gatewayOfRecord(this.books, record);
    const { facts } = gatewayBooks(this.books, gateway);
    const known = facts.length;
    evolve(this.books, record);
    const written = this.#journal.append(record);
    if (facts.length > known) this.#tell(gateway, known, written);
    return written;
  }

  #tell(gateway: string, from: number, written: Promise<void>): void {
    const { facts } = gatewayBooks(this.books, gateway);
    const news = facts.slice(from);
    const tell = () =>
      news.forEach((fact, index) => this.options.onFact?.(gateway, fact, from + index));
    // A failed write reaches onFailure; what is not durable is told to nobody.
    written.then(tell).catch(() => undefined);
  }

  #await(operation: Operation): void {
    const due = dueOf(operation);
    if (due === null) return;
    this.#due.add(due.atMs, operation);
    if (due.atMs < this.#timerAtMs) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = this.#due.nextAtMs() ?? Infinity;
    if (!this.#started || this.#closed || this.#timerAtMs === Infinity) return;
    const waitMs = Math.max(0, this.#timerAtMs - this.options.now());
    this.#timer = setTimeout(
      () => {
        this.runDue();
        this.#arm();
      },
      Math.min(waitMs, TIMER_MAX_MS),
    );
    this.#timer.unref();
  }
}

const RECORD_TYPES: ReadonlySet<unknown> = new Set<BookRecord['type']>([
  'operation',
  'ended',
  'settled',
  'dispute_opened',
  'dispute_ended',
  'webhooks_set',
]);

/** The file is our own, so its type is enough; one that we don't know was written by a later release. */
function recordOf(line: unknown): BookRecord {
  if (typeof line === 'object' && line !== null && 'type' in line && RECORD_TYPES.has(line.type)) {
    return line as BookRecord; // reason: see above
  }
  throw new CorruptBooksError('the books hold a line of an unknown type');
}
