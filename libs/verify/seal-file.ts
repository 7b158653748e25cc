import { createReadStream } from 'node:fs';
import { access, constants, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Position } from '../event-store/event-store.js';
import { crashPoint } from '../platform/crash-points.js';
import { errorCode } from '../platform/error-code.js';
import { syncFolder } from '../platform/sync-folder.js';

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

/**
 * The seals in the file as it is now, oldest first; none where there is no file. A last line without its end was being
 * written when its writer was killed: it is no seal. Reading them throws SealsUnreadable. @throws SealsUnreadable
 */
export async function openSeals(file: string): Promise<AsyncIterable<Seal>> {
  try {
    return seals(file, (await stat(file)).size);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return seals(file, 0);
    throw new SealsUnreadable(`The seals in ${file} can't be read.`, { cause });
  }
}

async function* seals(file: string, bytes: number): AsyncGenerator<Seal> {
  if (bytes === 0) return;
  let number = 0;
  let rest = '';
  const chunks: AsyncIterable<string> = createReadStream(file, {
    encoding: 'utf8',
    end: bytes - 1,
  });
  try {
    for await (const chunk of chunks) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        number += 1;
        if (line !== '') yield sealOf(line, { number, file });
      }
    }
  } catch (cause) {
    if (cause instanceof SealsUnreadable) throw cause;
    throw new SealsUnreadable(`The seals in ${file} can't be read.`, { cause });
  }
}

/** The newest seal of a log; null where there is none. @throws SealsUnreadable */
export async function lastSeal(file: string, logId: string): Promise<Seal | null> {
  let last: Seal | null = null;
  for await (const seal of await openSeals(file)) {
    if (seal.log_id === logId && (last === null || seal.to > last.to)) last = seal;
  }
  return last;
}

/** Whether seals could be added: to the file, or where there is none yet, to its folder. */
export async function takesSeals(file: string): Promise<boolean> {
  const isWritable = (path: string) => access(path, constants.W_OK);
  try {
    await isWritable(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return false;
    return await isWritable(dirname(file)).then(
      () => true,
      () => false,
    );
  }
  return (await stat(file)).isFile();
}

/** Adds a line behind the last whole one; on the disk when it resolves. @throws SealsUnreadable */
export async function appendSeal(file: string, seal: Seal): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'a+', 0o600);
    const { size } = await handle.stat();
    await cutTornLine(handle, size);
    // One write, so that two writers never mix their lines.
    crashPoint('seal-ready');
    await handle.write(`${JSON.stringify(seal)}\n`);
    crashPoint('seal-unsynced');
    await handle.sync();
    if (size === 0) await syncFolder(dirname(file));
  } catch (cause) {
    throw new SealsUnreadable(`The seals in ${file} can't be written.`, { cause });
  } finally {
    await handle?.close();
  }
}

/** Longer than any line. */
const TAIL_BYTES = 4_096;

async function cutTornLine(handle: FileHandle, size: number): Promise<void> {
  const start = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - start);
  await handle.read(tail, 0, tail.length, start);
  const end = tail.lastIndexOf('\n') + 1;
  if (end === 0 && start > 0) throw new SealsUnreadable('its last line is longer than any seal');
  const whole = start + end;
  if (whole < size) await handle.truncate(whole);
}

function sealOf(line: string, at: { readonly number: number; readonly file: string }): Seal {
  try {
    return sealLine.parse(JSON.parse(line));
  } catch (cause) {
    throw new SealsUnreadable(`Line ${at.number} of ${at.file} is no seal.`, { cause });
  }
}
