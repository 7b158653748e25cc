import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  LOG_START,
  type EventStore,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import type { BookEntry } from '../../libs/gateways/gateway-books.js';
import { simulatorBooks } from '../../libs/gateways/simulator/simulator-books.js';
import { PAYMENT_STREAM_PREFIX } from '../../libs/payments/payment.stream.js';
import type { Evidence, Violation } from '../history/evidence.js';

const PAGE_MAX = 1_000;
const CLI = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'main.js');

export interface Installation {
  readonly databaseUrl: string;
  readonly eventStoreUrl: string | undefined;
  /** Where each gateway's simulator lists its books. */
  readonly bookUrls: readonly string[];
  /** Takes what is said. */
  readonly folder: string;
}

/** All streams of payments, and all books. */
export async function collect(given: Installation): Promise<Omit<Evidence, 'lines'>> {
  const { databaseUrl, eventStoreUrl } = given;
  const store = await openEventStore({ databaseUrl, eventStoreUrl, migrate: 'check' });
  try {
    return { streams: await streamsOf(store), books: await booksOf(given.bookUrls) };
  } finally {
    await store.close();
  }
}

/** @throws Error where the log has payments already: they would be held against a run that knows nothing of them */
export async function assertWithoutPayments(
  given: Pick<Installation, 'databaseUrl' | 'eventStoreUrl'>,
): Promise<void> {
  const { eventStoreUrl } = given;
  const store = await openEventStore({ ...given, migrate: 'check' });
  try {
    const { size } = await streamsOf(store);
    if (size > 0) throw new Error(`${eventStoreUrl} has ${size} payments: take an empty one`);
  } finally {
    await store.close();
  }
}

async function streamsOf(store: EventStore): Promise<ReadonlyMap<string, RecordedEvent[]>> {
  const streams = new Map<string, RecordedEvent[]>();
  const filter = { streamPrefixes: [PAYMENT_STREAM_PREFIX] };
  for (let after = LOG_START, atEnd = false; !atEnd;) {
    const page = await store.readAll(after, PAGE_MAX, filter);
    for (const event of page.events) {
      const events = streams.get(event.stream);
      if (events === undefined) streams.set(event.stream, [event]);
      else events.push(event);
    }
    ({ atEnd } = page);
    after = page.position;
  }
  return streams;
}

async function booksOf(urls: readonly string[]): Promise<readonly BookEntry[]> {
  const books: BookEntry[] = [];
  for (const url of urls) {
    for await (const page of simulatorBooks(url)) books.push(...page);
  }
  return books;
}

interface VerifyReport {
  readonly findings: readonly {
    readonly check: string;
    readonly stream: string | null;
    readonly revision: number | null;
    readonly position: string | null;
    readonly message: string;
  }[];
}

/** What `tillstream verify` finds. @throws Error where it could not prove anything */
export async function verify(given: Installation): Promise<readonly Violation[]> {
  const { databaseUrl, eventStoreUrl, folder } = given;
  const books = given.bookUrls.flatMap((url) => ['--books', url]);
  const child = spawn(process.execPath, [CLI, 'verify', '--json', ...books], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      SEALS_FILE: join(folder, 'seals.jsonl'),
      ...(eventStoreUrl !== undefined && { EVENTSTORE_URL: eventStoreUrl }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  writeFileSync(join(folder, 'verify.json'), said);
  if (!said.startsWith('{')) throw new Error(`tillstream verify could not look: ${complaint}`);
  const { findings } = JSON.parse(said) as VerifyReport; // reason: its own documented names
  return findings.map(({ check, stream, revision, position, message }) => ({
    rule: 'verify found something',
    where: `${stream ?? 'no stream'} revision ${revision} position ${position}`,
    message: `${check}: ${message}`,
  }));
}
