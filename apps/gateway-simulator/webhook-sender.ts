import { Agent, request } from 'undici';
import { webhookHeaders } from '../../libs/platform/webhook-signature.js';
import type { WebhookEndpoint } from './books.js';
import type { Faults } from './faults.js';

/** Webhooks that wait or are on their way; one more is dropped, and comes by the feed alone. */
const WEBHOOKS_WAITING_MAX = 10_000;
const SENDING_MAX = 16;
const TRIES_MAX = 12;
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 30_000;
const ANSWER_TIMEOUT_MS = 5_000;
const HELD_BACK_MAX_MS = 2_000;
const WRONG_SECRET = 'a secret that nobody else has';

/** A fact as the feed tells it. */
interface ToldFact {
  readonly id: string;
  readonly type: string;
  readonly at: string;
}

interface Delivery {
  readonly gateway: string;
  readonly id: string;
  readonly body: string;
  readonly tries: number;
}

interface SenderParts {
  readonly endpointOf: (gateway: string) => WebhookEndpoint | null;
  readonly faultsOf: (gateway: string) => Faults;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly count: (outcome: 'delivered' | 'refused' | 'given_up' | 'dropped') => void;
}

/**
 * Sends facts as signed webhooks, again and again until a 2xx comes. What waits when the process ends is not sent any
 * more: the feed has it.
 */
export class WebhookSender {
  readonly #agent = new Agent({ connections: SENDING_MAX });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ready: Delivery[] = [];
  #sending = 0;
  #closed = false;

  constructor(private readonly parts: SenderParts) {}

  endpointOf(gateway: string): WebhookEndpoint | null {
    return this.parts.endpointOf(gateway);
  }

  send(gateway: string, fact: ToldFact): void {
    if (this.endpointOf(gateway) === null) return;
    const { random } = this.parts;
    const faults = this.parts.faultsOf(gateway);
    const body = JSON.stringify({ type: fact.type, timestamp: fact.at, data: fact });
    const delivery = { gateway, id: fact.id, body, tries: 0 };
    const heldBackMs = random() < faults.webhook_reorder_rate ? random() * HELD_BACK_MAX_MS : 0;
    this.#later(delivery, faults.webhook_delay_ms + heldBackMs);
    if (random() < faults.webhook_duplicate_rate) this.#later(delivery, faults.webhook_delay_ms);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#agent.destroy();
  }

  #later(delivery: Delivery, waitMs: number): void {
    if (this.#closed) return;
    if (this.#timers.size + this.#ready.length + this.#sending >= WEBHOOKS_WAITING_MAX) {
      this.parts.count('dropped');
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#ready.push(delivery);
      this.#pump();
    }, waitMs);
    timer.unref();
    this.#timers.add(timer);
  }

  #pump(): void {
    while (this.#sending < SENDING_MAX) {
      const delivery = this.#ready.shift();
      if (delivery === undefined) return;
      this.#sending += 1;
      void this.#try(delivery).finally(() => {
        this.#sending -= 1;
        this.#pump();
      });
    }
  }

  async #try(delivery: Delivery): Promise<void> {
    const endpoint = this.endpointOf(delivery.gateway);
    if (endpoint === null || this.#closed) return;
    const delivered = await this.#post(delivery, endpoint).catch(() => false);
    this.parts.count(delivered ? 'delivered' : 'refused');
    if (delivered) return;
    const tries = delivery.tries + 1;
    if (tries >= TRIES_MAX) {
      this.parts.count('given_up');
      return;
    }
    const pauseMs = Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** delivery.tries);
    this.#later({ ...delivery, tries }, pauseMs * (0.5 + this.parts.random() / 2));
  }

  async #post({ gateway, id, body }: Delivery, endpoint: WebhookEndpoint): Promise<boolean> {
    const isForged =
      this.parts.random() < this.parts.faultsOf(gateway).webhook_wrong_signature_rate;
    const timestampS = Math.floor(this.parts.now() / 1000);
    const secret = isForged ? WRONG_SECRET : endpoint.secret;
    const answer = await request(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...webhookHeaders({ id, timestampS, body }, secret),
      },
      body,
      dispatcher: this.#agent,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300;
  }
}
