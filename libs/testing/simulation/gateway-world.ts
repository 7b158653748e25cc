import type { GatewayAnswer, GatewayFact, GatewayCall } from '../../gateways/payment-gateway.js';
import type { GatewayCapabilities, GatewayWord } from '../../gateways/payment-gateway.js';
import { paymentStream } from '../../payments/payment.stream.js';
import type { Account, ModelCall } from '../model-gateway-books.js';
import { ModelGateway } from '../model-gateway.js';
import { SIMULATED_SETTINGS } from './simulated-settings.js';
import type { World } from './world.js';

/** Windows of authorizations, in virtual ms. */
const WINDOW_LEAST_MS = 60_000;
const WINDOW_SPREAD_MS = 240_000;

/** A gateway on its own side of the network: its books survive us, and time passes there, too. */
export class GatewayWorld {
  readonly model: ModelGateway;
  readonly capabilities: GatewayCapabilities;
  /** Nobody gets through to it. */
  away = false;
  /** Our own doors to it are shut. */
  busy = false;
  /** Told of every new fact. */
  onFact: (fact: GatewayFact) => void = () => undefined;
  readonly #waiting = new Set<() => void>();
  readonly #intendedAtMs = new Map<string, number>();
  readonly #limited = new Set<Account>();
  #told = 0;

  constructor(
    readonly name: string,
    private readonly world: World,
    capabilities: Partial<GatewayCapabilities> = {},
  ) {
    const windowEnd = () => new Date(world.nowMs + this.#someWindowMs()).toISOString();
    this.model = new ModelGateway(name, world.choose, windowEnd);
    this.capabilities = {
      purchase: true,
      increment: true,
      multipleCaptures: true,
      partialRefunds: true,
      keysHonouredForMs: 86_400_000,
      ...capabilities,
    };
    world.log.watch((_stream, stored) => {
      for (const { data } of stored) {
        if (typeof data['key'] === 'string') this.#intendedAtMs.set(data['key'], world.nowMs);
      }
    });
  }

  /** I-21: where no key makes it safe nothing is sent once the time of its call is over: others may be at work on it. */
  assertTimely({ key, operation }: GatewayCall): void {
    const { nowMs } = this.world;
    const sinceMs = nowMs - (this.#intendedAtMs.get(key) ?? nowMs);
    const late = sinceMs > SIMULATED_SETTINGS.callDeadlineMs;
    if (!late || this.capabilities.keysHonouredForMs !== null) return;
    this.world.violated(`I-21: ${operation} ${key} is sent ${sinceMs} ms after its intent`);
  }

  /** The request arrived. */
  async perform(call: GatewayCall): Promise<GatewayAnswer> {
    await this.#assertIntended(call);
    const known = this.model.books.entries.has(call.key);
    if (known && this.capabilities.keysHonouredForMs === null) {
      this.world.violated(`I-11: ${call.key} was sent again to ${this.name}, which keeps no keys`);
    }
    const answer = this.model.perform(modelCallOf(this.name, call));
    this.world.note(`${this.name} ${call.operation} ${call.key} ${answer.outcome}`);
    this.#tellNew();
    return answer;
  }

  ask(call: GatewayCall): GatewayWord {
    const word = this.model.ask(call.key);
    if (word.outcome !== 'approved' || call.operation !== 'authorize') return word;
    const account = this.model.books.accounts.get(word.reference);
    return { ...word, authorizationGone: account?.state === 'gone' };
  }

  /** Something happens there by itself. */
  happen(): void {
    this.model.happen();
    this.#tellNew();
  }

  /** What waits for a customer or for the gateway ends. */
  finish(): void {
    this.model.finish();
    this.#tellNew();
  }

  /** Facts behind the cursor; waits a while for them, as a reader that asks again and again would. */
  async facts(
    cursor: number,
    { most, waitMs, ended }: { most: number; waitMs: number; ended: AbortSignal },
  ): Promise<readonly GatewayFact[]> {
    const { feed } = this.model.books;
    if (feed.length <= cursor && !ended.aborted) await this.#nextFact(waitMs, ended);
    return feed.slice(cursor, cursor + most).map((fact) => this.dated(fact));
  }

  dated(fact: GatewayFact): GatewayFact {
    return { ...fact, at: this.world.now };
  }

  #nextFact(waitMs: number, ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        ended.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      this.world.scheduler.in(waitMs, wake);
      ended.addEventListener('abort', wake);
    });
  }

  /** I-10: nothing reaches a gateway before its intent stands in the stream, under the key of that intent. */
  async #assertIntended({ paymentId, key, operation }: GatewayCall): Promise<void> {
    const events = await this.world.log.read(paymentStream(paymentId));
    const intended = events.some(({ data }) => data['key'] === key);
    if (intended) return;
    this.world.violated(`I-10: ${operation} ${key} of ${paymentId} is sent without an intent`);
  }

  /** An authorization is gone at the end of the window that it was given. */
  #limitHolds(): void {
    const { entries, accounts } = this.model.books;
    for (const [key, { answer }] of entries) {
      const account = accounts.get(`${this.name}:${key}`);
      if (account?.state !== 'held' || this.#limited.has(account)) continue;
      this.#limited.add(account);
      const said = answer.outcome === 'approved' ? answer.expiresAt : null;
      const endsMs = said === null ? this.#someWindowMs() : Date.parse(said) - this.world.nowMs;
      this.world.scheduler.in(endsMs, () => {
        if (account.state === 'held') account.state = 'gone';
      });
    }
  }

  #someWindowMs(): number {
    return this.world.some(WINDOW_LEAST_MS, WINDOW_SPREAD_MS);
  }

  #tellNew(): void {
    this.#limitHolds();
    for (const fact of this.model.books.feed.slice(this.#told)) {
      this.#told += 1;
      this.world.note(`${this.name} tells ${fact.kind.type} of ${fact.key}`);
      this.onFact(fact);
    }
    for (const wake of this.#waiting) wake();
  }
}

function modelCallOf(gateway: string, call: GatewayCall): ModelCall {
  const { operation, key, amount, paymentId } = call;
  const final = call.operation === 'capture' && call.final;
  return { operation, key, amount, final, about: aboutOf(gateway, call), paymentId };
}

function aboutOf(gateway: string, call: GatewayCall): string | null {
  if (call.operation === 'void') return call.reference ?? `${gateway}:${call.authorizationKey}`;
  return 'reference' in call ? call.reference : null;
}
