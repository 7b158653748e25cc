import type { RecordedEvent } from '../event-store/event-store.js';
import { verifyChain } from '../event-store/hash-chain.js';
import { PAYMENT_STREAM_PREFIX } from '../payments/payment.stream.js';
import type { Findings } from './finding.js';

/** What has to be known of a stream for its next event; about 0.3 KB. */
interface Last {
  readonly revision: number;
  readonly hash: string;
  readonly at: string;
}

/** Revision, hash and instant of each event behind the one that came before it in its stream. */
export class StreamChains {
  readonly #last = new Map<string, Last>();

  constructor(private readonly findings: Findings) {}

  get streams(): number {
    return this.#last.size;
  }

  /** False where events are missing before this one, or the stream's order is another. */
  take(event: RecordedEvent): boolean {
    const { stream, revision } = event;
    const { hash, at } = event.metadata;
    const before = this.#last.get(stream);
    // Each event is held against what stands before it, so that one fault does not hide the next.
    this.#last.set(stream, { revision, hash, at });
    this.#checkInstant(event, before);
    const fault = verifyChain([event], before ?? 'no stream');
    switch (fault?.fault) {
      case undefined:
      case 'other stream': // one event is of one stream
        return true;
      case 'other revision':
        this.findings.add('revisions', event, gapText(before?.revision ?? -1, revision));
        return false;
      case 'other hash':
        this.findings.add(
          'hash_chain',
          event,
          'was altered, or the event before it was: its hash is not that of what is stored',
        );
        return true;
      case 'not json':
        this.findings.add('hash_chain', event, 'was altered: it holds what no append lets in');
        return true;
    }
  }

  /** Other streams' events come from several machines and are in order by their revisions alone. */
  #checkInstant(event: RecordedEvent, before: Last | undefined): void {
    const { at } = event.metadata;
    if (!event.stream.startsWith(PAYMENT_STREAM_PREFIX)) return;
    if (Number.isNaN(Date.parse(at))) {
      this.findings.add('instants', event, `${at} is no instant`);
    } else if (before !== undefined && at < before.at) {
      this.findings.add(
        'instants',
        event,
        `happened at ${at}, the event before it at ${before.at}`,
      );
    }
  }
}

function gapText(before: number, revision: number): string {
  if (revision <= before) return `revision ${revision} comes behind ${before}: out of order`;
  const [first, last] = [before + 1, revision - 1];
  return first === last
    ? `revision ${first}, which stood before this event, is missing`
    : `revisions ${first} to ${last}, which stood before this event, are missing`;
}
