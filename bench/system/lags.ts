import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 250;
/** A read model that comes no nearer to the log for so long has stopped. */
const STANDSTILL_MAX_MS = 60_000;

/** How far a read model is behind the log. */
export interface Lag {
  readonly name: string;
  readonly lag_events: number;
  readonly lag_seconds: number;
}

/** As the API tells operators. @throws Error where it doesn't */
export async function lagsAt(url: string, operatorKey: string): Promise<readonly Lag[]> {
  const headers = { authorization: `Bearer ${operatorKey}` };
  const answer = await fetch(`${url}/v1/projections`, { headers });
  if (!answer.ok) throw new Error(`lags: ${answer.status}: ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: readonly Lag[] }; // reason: the API's own description
  return data;
}

/** Resolves when no read model is behind. @throws Error when none came nearer for a minute */
export async function untilCaughtUp(
  lags: () => Promise<readonly Lag[]>,
  standstillMaxMs = STANDSTILL_MAX_MS,
): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let deadline = performance.now() + standstillMaxMs;
  for (;;) {
    const late = (await lags()).filter(({ lag_events: events }) => events > 0);
    if (late.length === 0) return;
    const behind = late.reduce((sum, { lag_events: events }) => sum + events, 0);
    if (behind < least) {
      least = behind;
      deadline = performance.now() + standstillMaxMs;
    } else if (performance.now() > deadline) {
      const names = late.map(({ name }) => name).join(', ');
      throw new Error(`read models come no nearer to the log: ${names}`);
    }
    await pause(LOOK_MS);
  }
}

/** The most seconds that each read model was behind while `work` went on, by its name. */
export async function mostBehind<Result>(
  lags: () => Promise<readonly Lag[]>,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly most: ReadonlyMap<string, number> }> {
  const most = new Map<string, number>();
  let working = true;
  const look = async () => {
    while (working) {
      for (const { name, lag_seconds: lag } of await lags()) {
        most.set(name, Math.max(most.get(name) ?? 0, lag));
      }
      await pause(LOOK_MS);
    }
  };
  const [result] = await Promise.all([work().finally(() => (working = false)), look()]);
  return { result, most };
}
