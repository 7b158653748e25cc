/**
 * Moments between two steps at which a process may be killed on purpose, to show that nothing needs repair afterwards.
 * Each has a test of its own: apps/crash-points.e2e.spec.ts compares this list with the calls in the source and with its cases.
 */
export const CRASH_POINTS = [
  // A client's call, and whoever goes on with it.
  'call-decided',
  'intent-decided',
  'intent-durable',
  'gateway-request-sent',
  'gateway-answered',
  'call-at-rest',
  // The log in Postgres.
  'append-ready',
  'append-stored',
  // What gateways tell by themselves.
  'webhook-received',
  'fact-decided',
  'fact-durable',
  'feed-page-recorded',
  'feed-cursor-moved',
  // The processor.
  'processor-leading',
  'due-page-read',
  'due-page-uncommitted',
  'due-page-noted',
  'due-row-read',
  'takeover-decided',
  'takeover-durable',
  'gateway-asked',
  'intent-sent-again',
  'payment-continued',
  'risk-watch-read',
  'risk-alarm-decided',
  'risk-alarm-durable',
  'hooks-told',
  // Read models.
  'first-version-uncommitted',
  'projection-claimed',
  'rows-ready',
  'rows-committed',
  'rebuild-version-made',
  'rebuild-page-written',
  'live-version-held',
  'versions-compared',
  'switch-uncommitted',
  'switch-committed',
  'version-drop-uncommitted',
  // Keys and settings.
  'local-keys-written',
  'key-change-ready',
  'key-change-durable',
  'successor-key-durable',
  'setting-change-ready',
  'setting-change-durable',
  // Starts and the command line.
  'migration-uncommitted',
  'migration-committed',
  'postgres-initialised',
  'postgres-started',
  'child-started',
  'log-adopted',
  'log-verified',
  'verification-recorded',
  'seal-ready',
  'seal-unsynced',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Where a process is to die. */
export interface CrashAt {
  readonly point: CrashPoint;
  /** The pass that kills, counted from 1. */
  readonly pass: number;
}

let armed: CrashAt | null = null;
let passes = 0;

/** Nothing, unless this process was told to die here: then it kills itself as `kill -9` would. */
export function crashPoint(point: CrashPoint): void {
  if (armed !== null && armed.point === point) countPass(armed.pass);
}

/** Called once, by whoever parses the configuration of the process. */
export function armCrashPoint(at: CrashAt | undefined): void {
  armed = at ?? null;
  passes = 0;
}

/** `name:n`; null for anything else. */
export function parseCrashAt(text: string): CrashAt | null {
  const [, name, pass] = /^([a-z-]+):([1-9]\d{0,8})$/.exec(text) ?? [];
  const point = CRASH_POINTS.find((known) => known === name);
  return point === undefined ? null : { point, pass: Number(pass) };
}

function countPass(last: number): void {
  passes += 1;
  if (passes === last) process.kill(process.pid, 'SIGKILL');
}
