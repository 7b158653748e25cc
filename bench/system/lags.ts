import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 250;

/** How far a read model is behind the log. */
export interface Lag {
  readonly name: string;
  readonly lag_events: number;
  readonly lag_seconds: number;
}

/** As the API tells operators. */
export async function lagsAt(url: string, operatorKey: string): Promise<readonly Lag[]> {
  const headers = { authorization: `Bearer ${operatorKey}` };
  const answer = await fetch(`${url}/v1/projections`, { headers });
  const { data } = (await answer.json()) as { data: readonly Lag[] }; // reason: the API's own description
  return data;
}

/** Resolves when no read model is behind. */
export async function untilCaughtUp(lags: () => Promise<readonly Lag[]>): Promise<void> {
  while ((await lags()).some(({ lag_events: events }) => events > 0)) await pause(LOOK_MS);
}
