import type { RecordedEvent } from '../event-store.js';
import { verifyChain } from '../hash-chain.js';
import {
  expectedRevision,
  isLost,
  isOpen,
  storedAnswers,
  type TriedBatch,
} from './tried-batches.js';

// The naive model: what was told of each batch, against the log as it stands at the end, in sentences on what is wrong.

/** Acknowledged batches of which an event is not there, or elsewhere than was told. */
export function missingOf(
  batches: readonly TriedBatch[],
  log: readonly RecordedEvent[],
): readonly string[] {
  const places = new Map(log.map((event) => [event.id, event]));
  return batches.flatMap((batch) => {
    const first = expectedRevision(batch) + 1;
    const found = batch.events.map(({ id }) => places.get(id));
    const last = found.at(-1);
    return storedAnswers(batch).flatMap((told) => {
      const there = found.every(
        (event, index) => event?.stream === batch.stream && event.revision === first + index,
      );
      if (!there || last === undefined) return [`${nameOf(batch)} is not where it was told to be`];
      const { position, metadata, revision } = last;
      const same =
        told.position === position && told.hash === metadata.hash && told.revision === revision;
      return same ? [] : [`${nameOf(batch)}: ${JSON.stringify(told)} was told, not ${position}`];
    });
  });
}

/** Events of the log that no acknowledged batch brought, or that stand there twice. */
export function unaccountedIn(
  log: readonly RecordedEvent[],
  batches: readonly TriedBatch[],
): readonly string[] {
  const stored = batches.filter((batch) => storedAnswers(batch).length > 0);
  const acknowledged = new Set(stored.flatMap(({ events }) => events.map(({ id }) => id)));
  const seen = new Set<string>();
  return log.flatMap(({ id, stream, revision }) => {
    const twice = seen.size === seen.add(id).size;
    if (twice) return [`${stream}, revision ${revision}: ${id} stands in the log twice`];
    return acknowledged.has(id) ? [] : [`${stream}, revision ${revision}: nobody was told of it`];
  });
}

/** Streams with a gap, events out of order, or a hash that does not fit. */
export function brokenStreamsOf(log: readonly RecordedEvent[]): readonly string[] {
  const faults = log.flatMap(({ position }, index) => {
    const before = log[index - 1]?.position ?? '';
    return position <= before ? [`${position} stands behind ${before}`] : [];
  });
  for (const events of streamsOf(log).values()) {
    const fault = verifyChain(events);
    if (fault !== null) faults.push(`${fault.stream}, revision ${fault.revision}: ${fault.fault}`);
  }
  return faults;
}

/** Batches with two different results, or told to be stored and to be lost, or of which nobody ever knew. */
export function contradictionsIn(batches: readonly TriedBatch[]): readonly string[] {
  return batches.flatMap((batch) => {
    const results = new Set(storedAnswers(batch).map((appended) => JSON.stringify(appended)));
    if (results.size > 1) return [`${nameOf(batch)} has several results: ${[...results].join()}`];
    if (results.size > 0 && isLost(batch)) return [`${nameOf(batch)} is both stored and lost`];
    return isOpen(batch) ? [`${nameOf(batch)} stays unknown`] : [];
  });
}

/** Refusals for a reason that the log never gave. */
export function wrongRefusalsIn(
  batches: readonly TriedBatch[],
  log: readonly RecordedEvent[],
): readonly string[] {
  const streams = streamsOf(log);
  const homes = new Map(log.map(({ id, stream }) => [id, stream]));
  return batches.flatMap((batch) => {
    const { stream, expected, events, answers } = batch;
    const stored = streams.get(stream) ?? [];
    const wanted = expectedRevision(batch);
    const elsewhere = events.some(({ id }) => (homes.get(id) ?? stream) !== stream);
    const otherHash =
      expected !== 'no stream' &&
      (stored[wanted]?.metadata.hash ?? expected.hash) !== expected.hash;
    return answers.flatMap((answer) => {
      const why = `${nameOf(batch)}, in a stream that ends with ${stored.length - 1}`;
      switch (answer.told) {
        case 'conflict': {
          const { actual, atLeast } = answer;
          const possible = actual >= atLeast && actual < stored.length && actual !== wanted;
          return possible ? [] : [`${why}: conflict with ${actual} after ${atLeast}`];
        }
        case 'other hash':
          return otherHash && wanted >= answer.atLeast ? [] : [`${why}: its hash is right`];
        case 'invalid':
          return elsewhere ? [] : [`${why}: nothing is invalid`];
        case 'stored':
        case 'away':
        case 'unknown':
          return [];
      }
    });
  });
}

/** Events that are not as they were written: as JSON text, so that order of names and every digit count. */
export function changedIn(
  log: readonly RecordedEvent[],
  batches: readonly TriedBatch[],
): readonly string[] {
  const stored = batches.filter((batch) => storedAnswers(batch).length > 0);
  const written = new Map(stored.flatMap(({ events }) => events.map((event) => [event.id, event])));
  return log.flatMap(({ id, stream, revision, type, version, data, metadata }) => {
    const { hash: _hash, ...others } = metadata;
    const sent = written.get(id);
    const asSent = JSON.stringify([sent?.type, sent?.version, sent?.data, sent?.metadata]);
    const same = asSent === JSON.stringify([type, version, data, others]);
    return same ? [] : [`${stream}, revision ${revision}, is not what was written`];
  });
}

function streamsOf(log: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of log) {
    const before = streams.get(event.stream);
    if (before === undefined) streams.set(event.stream, [event]);
    else before.push(event);
  }
  return streams;
}

function nameOf(batch: TriedBatch): string {
  const told = batch.answers.map((answer) => answer.told).join(', ');
  const { stream, events } = batch;
  return `${events.length} events for ${stream} behind ${expectedRevision(batch)} (${told})`;
}
