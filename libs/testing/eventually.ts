import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 15_000;
const POLL_MS = 10;

/** Tries until the probe no longer throws, and gives its result; past the deadline it throws the probe's last error. */
export async function eventually<T>(
  probe: () => Promise<T> | T,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(POLL_MS);
    }
  }
}
