import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { scopedKeyHash } from '../../apps/api/commands/idempotency-key.js';
import { parseApiKey } from '../../libs/access/api-key-text.js';
import type { Principal } from '../../libs/access/role.js';
import type { Call, History, Outcome } from '../history/history.js';
import { API_NODES, type ApiNode } from '../plan/names.js';
import type { Sending } from '../plan/stories.js';
import type { ChaosSystem, Keys } from '../system/chaos-system.js';

const CONNECTIONS_MAX = 64;
const BACK_OFF_MS = 200;

/** Who calls: the names under which the keys' file has them. */
export type Who = keyof Keys;

interface Wish {
  readonly who: Who;
  readonly path: string;
  /** Undefined: a GET. */
  readonly body?: object;
  readonly key?: string;
  readonly stream?: string | null;
}

/** Sends calls and writes down each invocation and what came of it. */
export class Caller {
  readonly #agent = new Agent({ connections: CONNECTIONS_MAX, pipelining: 1 });

  constructor(
    private readonly system: Pick<ChaosSystem, 'apiUrl' | 'keys'>,
    private readonly history: History,
  ) {}

  /** The call of a wish, with the hash under which the log will know its key. */
  callOf({ who, path, body, key, stream = null }: Wish): Call {
    const principal = { principalId: this.#principalId(who) } as Principal; // reason: all that is looked at
    return {
      method: body === undefined ? 'GET' : 'POST',
      path,
      body: body === undefined ? null : JSON.stringify(body),
      key: key ?? null,
      keyHash: key === undefined ? null : scopedKeyHash(principal, { method: 'POST', path }, key),
      stream,
      who,
    };
  }

  /** Sends all copies, and more of them as the sending wants it. @returns the first final answer; null: there is none */
  async send(client: string, call: Call, sending: Sending): Promise<Outcome | null> {
    const { nodes, timeoutMs, again } = sending;
    const copies = nodes.map((node) => this.once({ client, node, call, timeoutMs }));
    let answer = (await Promise.all(copies)).find(isFinal) ?? null;
    const more = answer === null ? again.unanswered : again.answered;
    for (let nth = 0; nth < more; nth += 1) {
      await pause(sending.pauseMs);
      const node = API_NODES[(nth + API_NODES.indexOf(nodes[0] ?? 'api-1') + 1) % API_NODES.length];
      const next = await this.once({ client, node: node ?? 'api-1', call, timeoutMs });
      if (isFinal(next)) {
        answer ??= next;
        break;
      }
    }
    return answer;
  }

  /** One copy. */
  async once(sent: {
    readonly client: string;
    readonly node: ApiNode;
    readonly call: Call;
    readonly timeoutMs: number;
  }): Promise<Outcome> {
    const { client, node, call, timeoutMs } = sent;
    const op = this.history.invoke({ client, node, call });
    const outcome = await this.#exchange(node, call, timeoutMs).then(
      (answer) => outcomeOf(op, answer),
      (error: unknown) => faultOf(op, error),
    );
    this.history.complete(outcome);
    // As any client would: nobody sends on at full speed where nobody answers.
    if (outcome.status === null) await pause(BACK_OFF_MS);
    return { ...outcome, atMs: 0 };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(node: ApiNode, call: Call, timeoutMs: number) {
    const { statusCode, headers, body } = await request(this.system.apiUrl(node) + call.path, {
      dispatcher: this.#agent,
      method: call.method,
      headers: {
        authorization: `Bearer ${this.system.keys[call.who as Who]}`, // reason: callOf was given it
        ...(call.key !== null && { 'idempotency-key': call.key }),
        ...(call.body !== null && { 'content-type': 'application/json' }),
      },
      body: call.body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: statusCode, headers, text: await body.text() };
  }

  #principalId(who: Who): string {
    switch (who) {
      case 'merchant':
        return 'mer_local';
      case 'merchant_2':
        return 'mer_local_2';
      case 'operator':
        return parseApiKey(this.system.keys.operator)?.keyId ?? '';
    }
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

type Ended = Omit<Outcome, 'atMs'>;

function outcomeOf(op: number, { status, headers, text }: Answer): Ended {
  const tag = /^"(\d+)"$/.exec(String(headers.etag))?.[1];
  return {
    type: typeOf(status, text),
    op,
    status,
    body: text,
    revision: tag === undefined ? null : Number(tag),
    replayed: headers['idempotency-replayed'] === 'true',
    fault: null,
  };
}

/** A refusal while the first copy runs says nothing of it. */
function typeOf(status: number, text: string): Ended['type'] {
  if (status >= 200 && status < 300) return 'ok';
  if (status >= 500 || text.includes('"IDEMPOTENCY_KEY_IN_FLIGHT"')) return 'info';
  return 'fail';
}

function faultOf(op: number, error: unknown): Ended {
  const fault = error instanceof Error ? error.message : String(error);
  return { type: 'info', op, status: null, body: null, revision: null, replayed: false, fault };
}

function isFinal({ type }: Outcome): boolean {
  return type !== 'info';
}
