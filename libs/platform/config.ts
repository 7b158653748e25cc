import { z } from 'zod';
import { parseCrashAt } from './crash-points.js';
import { Secret } from './secret.js';

export { Secret } from './secret.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment doesn't fit. One sentence a fault; sentences name variables, never values. */
export class ConfigError extends Error {
  readonly code: string = 'CONFIG_INVALID';
  constructor(
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.join('\n'), options);
    this.name = 'ConfigError';
  }
}

/**
 * Parses the environment once, at the start of a process. An empty variable counts as unset, so that compose files
 * may pass variables through.
 * @throws ConfigError
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Environment,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => sentence(issue, given)));
}

/** A whole number, both bounds allowed. `unit` stands in the sentence that refuses others: `ms`, `bytes`. */
export function intVariable(bounds: { min: number; max: number; unit?: string }) {
  const unit = bounds.unit === undefined ? '' : ` (${bounds.unit})`;
  const expected = `must be a whole number from ${bounds.min} to ${bounds.max}${unit}`;
  return z
    .string(expected)
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= bounds.min && value <= bounds.max, expected);
}

/** A TCP port; 0, where allowed, means any free one. */
export function portVariable(options: { anyFree?: boolean } = {}) {
  return intVariable({ min: options.anyFree === true ? 0 : 1, max: 65_535 });
}

/** A time in milliseconds, one ms to a day unless said otherwise. */
export function durationMsVariable(bounds: { min?: number; max?: number } = {}) {
  return intVariable({ min: bounds.min ?? 1, max: bounds.max ?? 86_400_000, unit: 'ms' });
}

/** `true`/`false`, `1`/`0`, `on`/`off`. */
export function booleanVariable() {
  const expected = 'must be on or off';
  return z
    .enum(['true', 'false', '1', '0', 'on', 'off'], expected)
    .transform((value) => value === 'true' || value === '1' || value === 'on');
}

/** A URL of one of the schemes (without colon); kept as it was written. */
export function urlVariable(...schemes: [string, ...string[]]) {
  const expected = `must be a URL that begins with ${schemes.map((it) => `${it}://`).join(' or ')}`;
  return z.string(expected).refine((value) => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/]/i.exec(value)?.[1]?.toLowerCase();
    if (scheme === undefined || !schemes.includes(scheme)) return false;
    // URL.canParse refuses lists of hosts, which esdb:// and postgres:// allow.
    return !scheme.startsWith('http') || URL.canParse(value);
  }, expected);
}

/** A path. A stray line end, as from the content of a file, would become part of its name, so it is refused. */
export function pathVariable() {
  const expected = 'must be a path without spaces or line ends around it';
  return z.string(expected).refine((value) => value.trim() === value, expected);
}

/** A URL that may hold a password, kept as a Secret. */
export function secretUrlVariable(...schemes: [string, ...string[]]) {
  return urlVariable(...schemes).transform((value) => new Secret(value));
}

export function secretVariable(options: { lengthMin?: number } = {}) {
  const lengthMin = options.lengthMin ?? 1;
  const expected = `must be a secret of at least ${lengthMin} characters`;
  return z
    .string(expected)
    .min(lengthMin, expected)
    .transform((value) => new Secret(value));
}

/** JSON text of the given shape. */
export function jsonVariable<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string('must be JSON')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown; // reason: the schema behind the pipe judges it
      } catch {
        context.addIssue({ code: 'custom', message: 'must be valid JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

function logLevelVariable() {
  return z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`);
}

/** For tests: the step at which the process kills itself, `name:n`; one that nobody knows is refused. */
export function crashAtVariable() {
  const expected = 'must be the name of a crash point, a colon and a count from 1';
  return z.string(expected).transform((text, context) => {
    const at = parseCrashAt(text);
    if (at !== null) return at;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** The variables that every process of the house has; spread them into the process's own schema. */
export const processVariables = {
  LOG_LEVEL: logLevelVariable().default('info'),
  /** Longest orderly stop; what still runs then is cut off. */
  SHUTDOWN_GRACE_MS: durationMsVariable({ max: 600_000 }).default(10_000),
  /** Where health and metrics are served: loopback, or what only a cluster's own network reaches. */
  MANAGEMENT_HOST: z.string().default('127.0.0.1'),
  /** 0: any free one. */
  MANAGEMENT_PORT: portVariable({ anyFree: true }).default(0),
};

function sentence(issue: z.core.$ZodIssue, given: Environment): string {
  const [variable = 'The environment', ...rest] = issue.path.map(String);
  const where = rest.length === 0 ? variable : `${variable} (at ${rest.join('.')})`;
  const missing = issue.path.length === 1 && given[variable] === undefined;
  const expectation = expectationOf(issue);
  return missing ? `${where} is not set: it ${expectation}.` : `${where} ${expectation}.`;
}

/** Zod's own words, made to fit behind a name; they speak of types and bounds, not of the value that was given. */
function expectationOf(issue: z.core.$ZodIssue): string {
  const message = issue.message.replace(/\.$/, '');
  if (/^(must|needs|is|can)\b/.test(message)) return message;
  if (issue.code === 'unrecognized_keys') return 'has properties that are not known';
  const expected = /expected (.+?)(?:, received .*)?$/i.exec(message)?.[1];
  return expected === undefined ? `is not valid: ${lowerFirst(message)}` : `must be ${expected}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
