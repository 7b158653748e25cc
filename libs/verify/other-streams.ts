import { foldApiKey, KEY_STREAM_PREFIX } from '../access/api-key.events.js';
import { canonicalJson } from '../event-store/canonical-json.js';
import type { Json, JsonObject, RecordedEvent } from '../event-store/event-store.js';
import type { Findings } from './finding.js';

const KEY_EVENTS = new Set(['ApiKeyCreated', 'ApiKeyRotated', 'ApiKeyRevoked']);

/** Streams of settings: each event shows what stood before and after. */
const SETTINGS = /^(gateway-|routing-rules$)/;
/** What the environment says of a gateway, whatever its events say. */
const OF_THE_ENVIRONMENT = new Set(['name', 'adapter']);

/** Keys and settings: each event must begin with what the one before it left. Other streams are of kinds not known here. */
export class OtherStreams {
  /** What the last event of each stream left. */
  readonly #left = new Map<string, JsonObject>();

  constructor(private readonly findings: Findings) {}

  take(event: RecordedEvent): void {
    const isKey = event.stream.startsWith(KEY_STREAM_PREFIX);
    if (!isKey && !SETTINGS.test(event.stream)) return;
    const fault = (isKey ? keyFault(event) : null) ?? this.#joinFault(event);
    if (fault !== null) this.findings.add('fold', event, fault);
  }

  #joinFault({ stream, type, data }: RecordedEvent): string | null {
    const left = this.#left.get(stream);
    const { before, after } = data;
    if (!isObject(after)) {
      this.#left.delete(stream);
      return `${type} doesn't say what it leaves`;
    }
    this.#left.set(stream, after);
    if (left === undefined) return null;
    if (!isObject(before)) return `${type} doesn't say what stood before it`;
    // A release may know fields that the event before did not have.
    const others = Object.keys(left).filter(
      (name) => !OF_THE_ENVIRONMENT.has(name) && textOf(left[name]) !== textOf(before[name]),
    );
    if (others.length === 0) return null;
    return `${type} began with another ${others.join(', ')} than the event before it left`;
  }
}

function keyFault(event: RecordedEvent): string | null {
  if (!KEY_EVENTS.has(event.type)) return `${event.type} is no event of a key`;
  if ((event.revision === 0) !== (event.type === 'ApiKeyCreated')) {
    return `${event.type} can't be event ${event.revision} of a key`;
  }
  if (event.stream !== KEY_STREAM_PREFIX + textOf(event.data['keyId'])) {
    return `${event.type} is of another key`;
  }
  try {
    foldApiKey([event]);
    return null;
  } catch {
    return `${event.type} doesn't fold`;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : canonicalJson(value ?? null);
}
