import { sentCalls } from '../history/sent-calls.js';
import type { Call, History } from '../history/history.js';
import type { Violation } from '../history/evidence.js';
import type { Caller, Who } from '../load/caller.js';
import { Chance } from '../plan/chance.js';
import { API_NODES } from '../plan/names.js';

const AT_ONCE = 12;
const REPEATS_MAX = 5_000;
const TIMEOUT_MS = 20_000;
const CLIENT = 'afterwards';

/** Sends every call that was answered once more: the check of the history compares the answers. */
export async function repeatAnswered(
  { caller, history }: { readonly caller: Caller; readonly history: History },
  seed: number,
): Promise<void> {
  const chance = new Chance(seed, 'repeats');
  const { byKeyHash } = sentCalls(history.lines);
  const answered = [...byKeyHash.values()].flatMap((sendings) => {
    const sent = sendings.find(({ outcome }) => outcome?.type === 'ok');
    return sent === undefined ? [] : [sent.call];
  });
  const calls = chance.shuffled(answered).slice(0, REPEATS_MAX);
  const next = calls.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const call of next) {
        const node = chance.one(API_NODES);
        await caller.once({ client: CLIENT, node, call, timeoutMs: TIMEOUT_MS });
      }
    }),
  );
}

/** Reads each merchant's whole list: every payment stands in it once. Its rows are compared with the history. */
export async function checkLists(
  caller: Caller,
  streams: ReadonlySet<string>,
): Promise<readonly Violation[]> {
  const listed = new Map<string, number>();
  for (const who of ['merchant', 'merchant_2'] as const) {
    for await (const id of idsListed(caller, who)) listed.set(id, (listed.get(id) ?? 0) + 1);
  }
  const ids = new Set([...listed.keys(), ...[...streams].map((it) => it.replace('payment-', ''))]);
  return [...ids].flatMap((id) => {
    const times = listed.get(id) ?? 0;
    if (times === 1 && streams.has(`payment-${id}`)) return [];
    const message = `it is listed ${times} times`;
    return [{ rule: 'a list differs from the streams' as const, where: `payment-${id}`, message }];
  });
}

async function* idsListed(caller: Caller, who: Who): AsyncGenerator<string> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const path: string = `/v1/payments?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const call: Call = caller.callOf({ who, path });
    const answer = await caller.once({
      client: CLIENT,
      node: 'api-2',
      call,
      timeoutMs: TIMEOUT_MS,
    });
    if (answer.type !== 'ok')
      throw new Error(`${path} is answered ${answer.status} ${answer.body}`);
    // reason: the API's own description
    const page = JSON.parse(answer.body ?? '') as {
      readonly data: readonly { readonly id: string }[];
      readonly next_cursor: string | null;
    };
    for (const { id } of page.data) yield id;
    cursor = page.next_cursor;
  }
}
