import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { BookEntry } from '../../libs/gateways/gateway-books.js';
import type { HistoryLine } from './history.js';

/** What a run left behind, once it came to rest. */
export interface Evidence {
  readonly lines: readonly HistoryLine[];
  /** All streams of payments. */
  readonly streams: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly books: readonly BookEntry[];
}

/** A promise that was broken, and where. */
export interface Violation {
  readonly rule:
    | 'a 2xx was lost'
    | 'a call was done twice'
    | 'answers contradict'
    | 'an answer was forgotten'
    | 'a refused call was done'
    | 'nobody asked'
    | 'a call is not at rest'
    | 'an answer is not what the stream says'
    | 'a read went back'
    | 'an order was paid twice'
    | 'books and streams differ'
    | 'an intent is open'
    | 'an approval is not given back'
    | 'an internal error'
    | 'a list differs from the streams'
    | 'verify found something'
    | 'it does not come to rest';
  readonly where: string;
  readonly message: string;
}
