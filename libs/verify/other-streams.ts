import { foldApiKey, KEY_STREAM_PREFIX } from '../access/api-key.events.js';
import type { RecordedEvent } from '../event-store/event-store.js';

const KEY_EVENTS = new Set(['ApiKeyCreated', 'ApiKeyRotated', 'ApiKeyRevoked']);

/** Streams of settings: each event shows what stood before and after, so they fold where these join. */
const SETTINGS = /^(gateway-|routing-rules$)/;

/** What is wrong with an event of a stream that is no payment; null: nothing, or the stream is of a kind not known here. */
export function otherStreamFault(event: RecordedEvent): string | null {
  if (event.stream.startsWith(KEY_STREAM_PREFIX)) return keyFault(event);
  if (SETTINGS.test(event.stream)) return settingsFault(event);
  return null;
}

function keyFault(event: RecordedEvent): string | null {
  if (!KEY_EVENTS.has(event.type)) return `${event.type} is no event of a key`;
  if ((event.revision === 0) !== (event.type === 'ApiKeyCreated')) {
    return `${event.type} can't be event ${event.revision} of a key`;
  }
  try {
    foldApiKey([event]);
    return hasAfter(event) ? null : `${event.type} doesn't say what it leaves`;
  } catch {
    return `${event.type} doesn't fold`;
  }
}

function settingsFault(event: RecordedEvent): string | null {
  return hasAfter(event) ? null : `${event.type} doesn't say what it leaves`;
}

function hasAfter({ data }: RecordedEvent): boolean {
  return typeof data['after'] === 'object' && data['after'] !== null;
}
