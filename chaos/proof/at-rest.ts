import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Violation } from '../history/evidence.js';
import { API_NODES } from '../plan/names.js';
import type { ChaosSystem } from '../system/chaos-system.js';

const LOOK_MS = 250;
/** Looks in a row that find nothing left to do, and the same end of the log. */
const QUIET_LOOKS = 6;
const ASK_TIMEOUT_MS = 5_000;
/** Longer than the processor puts off a payment over which it stumbled. */
const DUE_SOON_S = 6;

/** Lists of payments that something still happens to by itself. */
const MOVING = [
  'open_operation=sent',
  'open_operation=unknown',
  'status=PROCESSING',
  'status=REQUIRES_ACTION',
];

interface Projections {
  readonly data: readonly { readonly position: string; readonly lag_events: number }[];
}

/** Waits until no intent is open, the processor has nothing to do and every read model has caught up. @returns what is left when the deadline passes */
export async function untilAtRest(
  system: ChaosSystem,
  deadlineMs: number,
): Promise<readonly Violation[]> {
  const deadline = performance.now() + deadlineMs;
  let quietLooks = 0;
  let position = '';
  for (;;) {
    const look = await lookAt(system).catch((error: unknown) => ({
      left: [`it can't be asked: ${String(error)}`],
      position: '',
    }));
    quietLooks = look.left.length === 0 && look.position === position ? quietLooks + 1 : 0;
    position = look.position;
    if (quietLooks >= QUIET_LOOKS) return [];
    if (performance.now() > deadline) {
      const message = look.left.join('; ') || 'the log goes on growing';
      return [{ rule: 'it does not come to rest', where: 'the house', message }];
    }
    await pause(LOOK_MS);
  }
}

async function lookAt(system: ChaosSystem): Promise<{ left: string[]; position: string }> {
  const { data } = (await ask(system, '/v1/projections')) as Projections; // reason: the API's own description
  const behind = data.filter(({ lag_events: lag }) => lag > 0).length;
  const left = behind === 0 ? [] : [`${behind} read models are behind`];
  for (const filter of MOVING) {
    // reason: the API's own description
    const list = (await ask(system, `/v1/payments?limit=1&${filter}`)) as {
      readonly data: readonly { readonly id: string }[];
    };
    const [one] = list.data;
    if (one !== undefined) left.push(`${filter}: ${one.id}`);
  }
  const due = await dueSoon(system.postgres.databaseUrl);
  if (due !== undefined) left.push(`the processor is to continue ${due}`);
  return { left, position: data.map((model) => model.position).join() };
}

async function ask(system: ChaosSystem, path: string): Promise<unknown> {
  const answer = await fetch(system.apiUrl(API_NODES[0]) + path, {
    headers: { authorization: `Bearer ${system.keys.operator}` },
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${path} is answered ${answer.status}`);
  return await answer.json();
}

/** A payment that the processor continues by itself now or soon; a give-back that is owed shows in no list. */
async function dueSoon(connectionString: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString, query_timeout: ASK_TIMEOUT_MS });
  // A connection that breaks fails the query that waits on it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ payment_id: string }>(
      `select payment_id from due_payments
        where due_at <= now() + make_interval(secs => $1) limit 1`,
      [DUE_SOON_S],
    );
    return rows[0]?.payment_id;
  } finally {
    await client.end();
  }
}
