import { once } from 'node:events';
import { Redis } from 'ioredis';
import { ExecutionError, Redlock, ResourceLockedError, type Lock } from 'redlock';
import type { GrantedKey, LockEngine } from '../guarded-lock.js';

/** A holder that died is forgotten after this; a living one extends in time. */
const LEASE_MS = 5_000;
const EXTEND_INTERVAL_MS = 2_000;
const COMMAND_TIMEOUT_MS = 150;
const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_PAUSE_MIN_MS = 100;
const RECONNECT_PAUSE_MAX_MS = 1_000;
const KEY_PREFIX = 'tillstream:payment-lock:';

/** Keys on a majority of Redis nodes, each for a short time that its holder extends. */
export class RedisNodes implements LockEngine {
  readonly #nodes: readonly Redis[];
  readonly #redlock: Redlock;

  /** Of an even number of nodes the last is left out: half of them decides nothing, and redlock would wait for ever. */
  constructor(urls: readonly string[]) {
    const voters = urls.length % 2 === 0 ? urls.slice(0, -1) : urls;
    this.#nodes = voters.map(open);
    this.#redlock = new Redlock(this.#nodes, { retryCount: 0 });
  }

  async connect(): Promise<void> {
    const ready = await Promise.allSettled(this.#nodes.map(isReady));
    const answering = ready.filter(({ status }) => status === 'fulfilled').length;
    if (answering * 2 <= this.#nodes.length) throw new Error('too few Redis nodes answer');
  }

  async tryLock(key: string): Promise<GrantedKey | 'busy'> {
    try {
      return keep(await this.#redlock.acquire([`${KEY_PREFIX}${key}`], LEASE_MS));
    } catch (error) {
      if (await isHeld(error)) return 'busy';
      throw error;
    }
  }

  close(): Promise<void> {
    for (const node of this.#nodes) node.disconnect();
    return Promise.resolve();
  }
}

function open(url: string): Redis {
  const node = new Redis(url, {
    // Nothing waits for a node that is away: a lock is asked for now or not at all.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * RECONNECT_PAUSE_MIN_MS, RECONNECT_PAUSE_MAX_MS),
  });
  // Without a listener ioredis writes to the console; whoever asks for a key hears of the trouble.
  node.on('error', () => undefined);
  return node;
}

async function isReady(node: Redis): Promise<void> {
  if (node.status !== 'ready') await once(node, 'ready');
}

function keep(first: Lock): GrantedKey {
  let lock = first;
  let extending: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    extending = lock.extend(LEASE_MS).then(
      (longer) => {
        lock = longer;
      },
      // Lost: the work goes on all the same, as it would without a lock.
      () => clearInterval(timer),
    );
  }, EXTEND_INTERVAL_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await extending;
      await lock.release();
    },
  };
}

/** Whether enough nodes answered, so that it is a holder and not an absence that stood in the way. */
async function isHeld(error: unknown): Promise<boolean> {
  if (!(error instanceof ExecutionError)) return false;
  const votes = await error.attempts.at(-1);
  if (votes === undefined) return false;
  const held = [...votes.votesAgainst.values()].filter((it) => it instanceof ResourceLockedError);
  return held.length > 0 && held.length + votes.votesFor.size >= votes.quorumSize;
}
