import type { EventStore } from '../../libs/event-store/event-store.js';
import { PAYMENT_STREAM_PREFIX } from '../../libs/payments/payment.stream.js';
import type { Clock } from '../../libs/platform/clock.js';
import { endTogether } from '../../libs/platform/end-together.js';
import { StreamPrefixes } from '../../projections/runner/stream-prefixes.js';
import { DueNotes, type Noting } from './due-notes.js';
import { FollowedPayments } from './followed-payments.js';

export interface NoteTaking extends Noting {
  /** Behind this nothing is noted yet. */
  readonly position: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const PAGE_EVENTS_MAX = 1_000;
/** What can not wait is noted within this. */
const NOTE_INTERVAL_MS = 150;

/** Follows the log and notes which payments to look at, until the signal. @throws CheckpointLost */
export async function noteLog(store: EventStore, taking: NoteTaking): Promise<void> {
  const notes = new DueNotes(taking, new FollowedPayments(StreamPrefixes.of(store)));
  await endTogether(taking.signal, (signal) => [
    gather(store, notes, { ...taking, signal }),
    writeDown(notes, { ...taking, signal }),
  ]);
}

async function gather(store: EventStore, notes: DueNotes, taking: NoteTaking): Promise<void> {
  const { position, clock, signal } = taking;
  const filter = { streamPrefixes: [PAYMENT_STREAM_PREFIX] };
  for await (const page of store.subscribeAll(position, {
    filter,
    batchMax: PAGE_EVENTS_MAX,
    signal,
  })) {
    await notes.take(page);
    if (page.atEnd) await clock.pause(NOTE_INTERVAL_MS, signal);
  }
}

async function writeDown(notes: DueNotes, { clock, signal }: NoteTaking): Promise<void> {
  while (!signal.aborted) {
    await notes.writeRipe();
    await clock.pause(NOTE_INTERVAL_MS, signal);
  }
}
