import { fdatasync, fstatSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../libs/platform/make-folder.js';
import { syncFolder } from '../../libs/platform/sync-folder.js';

const sync = promisify(fdatasync);

const READ_BUFFER_BYTES = 1 << 20;
const NEWLINE = 10;

/** The file can't be read as what it should be; starting on it would lose what it holds. */
export class JournalCorruptError extends Error {
  readonly code = 'JOURNAL_CORRUPT';
}

interface Batch {
  readonly lines: string[];
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A file of JSON lines that only grows. What an append promises is on the disk. While one batch is being synced the
 * next gathers, so that a thousand callers share one sync and a lone one waits for nobody.
 */
export class Journal {
  #next: Batch | null = null;
  #last: Promise<void> = Promise.resolve();
  #draining: Promise<void> | null = null;
  #failure: Error | null = null;

  private constructor(
    private readonly file: FileHandle,
    /** `whole`: where a torn last line begins, if there is one; `read`: the end of the file as it was read or written. */
    private readonly bytes: { whole: number; read: number },
    private readonly onFailure: (error: Error) => void,
  ) {}

  /**
   * Opens or makes the file and hands every line to `replay`, in order. A last line without its end was never
   * acknowledged; the first append cuts it. Opening alone changes nothing, so a second process that then finds the
   * port taken can't harm the first; nor can one that finds another port: whoever appends to a file that has changed
   * since fails, as memory and file tell different histories.
   * @param onFailure the disk refused, or another process wrote; memory is no longer the file, so the process must end
   * @throws JournalCorruptError
   */
  static async open(
    path: string,
    replay: (line: unknown) => void,
    onFailure: (error: Error) => void,
  ): Promise<Journal> {
    makeFolder(dirname(path));
    const file = await open(path, 'a+', 0o600);
    try {
      const bytes = await replayLines(file, replay);
      // A read line may still wait in the machine's cache: it counts only once it is on the disk.
      await file.sync();
      await syncFolder(dirname(path));
      return new Journal(file, bytes, onFailure);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves once the line is durable; lines keep the order of their calls. */
  append(line: object): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#next ??= newBatch();
    const batch = this.#next;
    batch.lines.push(`${JSON.stringify(line)}\n`);
    this.#last = batch.written;
    this.#draining ??= this.#drain();
    return batch.written;
  }

  /** Resolves once everything appended so far is durable. */
  durable(): Promise<void> {
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#draining;
    this.#failure ??= new Error('the journal is closed');
    await this.file.close();
  }

  async #drain(): Promise<void> {
    // Callers of the same turn of the event loop go into the first batch together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#take(); batch !== null; batch = this.#take()) {
      try {
        await this.#cutTornLine();
        this.#write(Buffer.from(batch.lines.join('')));
        await sync(this.file.fd);
        batch.resolve();
      } catch (error) {
        this.#fail(batch, error);
      }
    }
    this.#draining = null;
  }

  /** Into the machine's cache, at once: a few us, less than the way to another thread. Only the sync takes its time. */
  #write(bytes: Buffer): void {
    this.#ensureOurs();
    for (let done = 0; done < bytes.length;) done += writeSync(this.file.fd, bytes, done);
    this.bytes.read += bytes.length;
    this.bytes.whole = this.bytes.read;
  }

  async #cutTornLine(): Promise<void> {
    const { whole, read } = this.bytes;
    if (whole === read) return;
    this.#ensureOurs();
    await this.file.truncate(whole);
    this.bytes.read = whole;
  }

  #ensureOurs(): void {
    if (fstatSync(this.file.fd).size === this.bytes.read) return;
    throw new Error('another process writes to the journal');
  }

  #take(): Batch | null {
    const batch = this.#next;
    this.#next = null;
    return batch;
  }

  #fail(batch: Batch, error: unknown): void {
    this.#failure ??= new Error('the journal can not be written', { cause: error });
    batch.reject(this.#failure);
    this.#next?.reject(this.#failure);
    this.#next = null;
    this.onFailure(this.#failure);
  }
}

function newBatch(): Batch {
  const { promise, resolve, reject } = deferred();
  // Whoever waits sees the failure; a batch that nobody waits for must not end the process by itself.
  promise.catch(() => undefined);
  return { lines: [], written: promise, resolve, reject };
}

function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Returns the length of all whole lines and of all that was read, in bytes. */
async function replayLines(
  file: FileHandle,
  replay: (line: unknown) => void,
): Promise<{ whole: number; read: number }> {
  let wholeBytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  const stream = file.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: READ_BUFFER_BYTES,
  });
  for await (const chunk of stream) {
    // reason: a stream without encoding gives buffers
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      replay(parseLine(bytes.toString('utf8', from, end), wholeBytes));
      wholeBytes += end + 1 - from;
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  return { whole: wholeBytes, read: wholeBytes + rest.length };
}

function parseLine(line: string, atByte: number): unknown {
  try {
    return JSON.parse(line) as unknown; // reason: the reader judges it
  } catch {
    throw new JournalCorruptError(`the line at byte ${atByte} is no JSON`);
  }
}
