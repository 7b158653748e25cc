import { setTimeout } from 'node:timers/promises';

/** Waits `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return setTimeout(ms);
}
