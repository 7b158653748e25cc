import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { destination, pino, type Logger } from 'pino';
import { pinoPretty } from './pretty.js';

export type { Logger } from 'pino';

const REDACTED = '***';
const DEPTH_MAX = 6;
const FLUSH_MAX_MS = 1_000;

/** Names of properties whose values are never logged, whatever object they sit in; compared without case, `-` and `_`. */
const SENSITIVE_NAMES = new Set([
  'apikey',
  'authorization',
  'bearer',
  'cookie',
  'customeremail',
  'customerip',
  'databaseurl',
  'eventstoreurl',
  'hmac',
  'idempotencykey',
  'key',
  'keys',
  'password',
  'paymentmethod',
  'secret',
  'secrets',
  'setcookie',
  'token',
  'tokens',
]);

/** Child loggers' bindings pass no formatter, so pino takes these out by name; `input` is the text of an invalid URL. */
const CHILD_BINDINGS = [
  'apiKey',
  'authorization',
  'idempotencyKey',
  'key',
  'password',
  'secret',
  'token',
];

/** JSON lines on stdout; readable ones on a terminal. Secrets, keys, tokens and passwords in URLs print as `***`. */
export function createLogger(
  name: string,
  options: { readonly level: string; readonly destination?: NodeJS.WritableStream },
): Logger {
  const settings = {
    name,
    level: options.level,
    formatters: {
      log: (object: Record<string, unknown>) => redact(object, 0) as Record<string, unknown>, // reason: an object stays one
    },
    redact: { paths: [...CHILD_BINDINGS, 'err.input'], censor: REDACTED },
    hooks: { streamWrite: scrubText },
  };
  if (options.destination !== undefined) return pino(settings, options.destination);
  return pino(settings, process.stdout.isTTY ? pinoPretty() : standardOutput());
}

/**
 * Pino's own stream, but for its last words: sonic-boom's flush tries for ever where nobody reads any more, and a fatal
 * fault or an exit would never end the process. Once its time is over, what is left goes nowhere.
 */
function standardOutput(): ReturnType<typeof destination> {
  const stream = destination({ dest: 1, sync: false });
  const flush = stream.flushSync.bind(stream);
  stream.flushSync = () => {
    const deadline = performance.now() + FLUSH_MAX_MS;
    let nowhere: number | undefined;
    const reader = () => (performance.now() < deadline ? 1 : (nowhere ??= openSync(devNull, 'w')));
    Object.defineProperty(stream, 'fd', { get: reader, configurable: true });
    flush();
    Object.defineProperty(stream, 'fd', { value: 1, writable: true, configurable: true });
  };
  return stream;
}

/**
 * Takes out of any text what looks like a bearer token, or a password within a URL. In a time that grows with the text
 * alone: nothing is looked for in front of `://`, and a user's name ends at the first colon.
 */
export function scrubText(text: string): string {
  return text
    .replace(/\bBearer\s+[^\s"'\\]+/gi, `Bearer ${REDACTED}`)
    .replace(/:\/\/[^\s/:@"'\\]*:[^\s/@"'\\]*@/g, `://${REDACTED}@`);
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error || value instanceof Date) return value; // pino's own serializers follow
  if ('toJSON' in value) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const shown: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    shown[name] = isSensitive(name) ? REDACTED : redact(inner, depth + 1);
  }
  return shown;
}

function isSensitive(name: string): boolean {
  return SENSITIVE_NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''));
}
