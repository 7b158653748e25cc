import {
  GatewayUnreachable,
  type GatewayFact,
  type PaymentGateway,
} from '../../libs/gateways/payment-gateway.js';
import { DecorrelatedJitter } from '../../libs/gateways/resilience/decorrelated-jitter.js';
import { recordFact, recordFactAtLast } from '../../libs/orchestration/fact-recorder.js';
import type { OrchestrationPorts } from '../../libs/orchestration/orchestration.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { endTogether } from '../../libs/platform/end-together.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { FeedCursors } from './feed-cursors.js';

export interface FeedReading {
  readonly ports: OrchestrationPorts;
  readonly cursors: Pick<FeedCursors, 'of' | 'move'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly signal: AbortSignal;
}

const FEED_INTERVAL_MS = 1_000;
const AWAY_PAUSES = { firstMs: FEED_INTERVAL_MS, maxMs: 5_000 };
const FACTS_AT_ONCE_MAX = 16;
/** Payments whose facts wait for the gateway's word; with more of them the feed waits, too. */
const HELD_PAYMENTS_MAX = 100;
/** A gateway that can not tell of an operation for so long must not hold up the payment's other facts. */
const PATIENCE_MS = 3_600_000;

type Facts = Awaited<ReturnType<PaymentGateway['facts']>>['facts'];

/** Facts of one payment, in the feed's order. */
interface Queue {
  readonly facts: Facts;
  /** Monotonic: since when the first of them waits for its gateway's word; null: it was not tried yet. */
  readonly heldSinceMs: number | null;
}

/** Reads every gateway's feed of facts once a second until the signal; a gateway that is away holds up only itself. */
export async function readFeeds(reading: FeedReading): Promise<void> {
  const gateways = reading.ports.gateways.all();
  await endTogether(reading.signal, (signal) =>
    gateways.map((gateway) => new GatewayFeed({ ...reading, signal }, gateway).read()),
  );
}

class GatewayFeed {
  #cursor: string | null = null;
  /** Kept for whoever reads next: no fact before it waits. */
  #keptCursor: string | null = null;
  /** By payment: the first fact can't be recorded before the gateway was asked. */
  readonly #held = new Map<string, Queue>();
  /** Monotonic; before it the gateway is not asked again about what is held. */
  #askAtMs = 0;
  readonly #askPauses: DecorrelatedJitter;
  readonly #awayPauses: DecorrelatedJitter;

  constructor(
    private readonly reading: FeedReading,
    private readonly gateway: PaymentGateway,
  ) {
    const { chance } = reading.ports;
    this.#askPauses = new DecorrelatedJitter(AWAY_PAUSES, chance);
    this.#awayPauses = new DecorrelatedJitter(AWAY_PAUSES, chance);
  }

  async read(): Promise<void> {
    const { ports, cursors, logger, signal } = this.reading;
    const { name } = this.gateway;
    this.#keptCursor = await cursors.of(name);
    this.#cursor = this.#keptCursor;
    while (!signal.aborted) {
      let pauseMs = FEED_INTERVAL_MS;
      try {
        await this.#readPages();
        this.#awayPauses.reset();
      } catch (error) {
        if (!(error instanceof GatewayUnreachable)) throw error;
        logger.warn({ err: error, gateway: name }, 'the feed of facts is away');
        pauseMs = this.#awayPauses.nextMs();
      }
      await ports.clock.pause(pauseMs, signal);
    }
  }

  /**
   * Page after page to the feed's end, which a busy one never has: what is held has its turn between them. The cursor is
   * kept once the facts before it are durable in their streams.
   */
  async #readPages(): Promise<void> {
    const { ports, signal } = this.reading;
    while (!signal.aborted) {
      await this.#recordHeld();
      if (this.#held.size >= HELD_PAYMENTS_MAX) return;
      const page = await this.gateway.facts(this.#cursor, ports.settings.gatewayTimeoutMs);
      // A page may hold nothing of ours and still lead further.
      await this.#recordInOrder(this.#behindHeld(page.facts));
      if (page.cursor === null || page.cursor === this.#cursor) return;
      this.#cursor = page.cursor;
      await this.#keepCursor();
    }
  }

  async #recordHeld(): Promise<void> {
    const { clock } = this.reading.ports;
    if (this.#held.size === 0) return this.#askPauses.reset();
    if (clock.monotonicMs() < this.#askAtMs) return;
    const queues = [...this.#held.values()];
    this.#held.clear();
    await this.#recordInOrder(queues);
    this.#askAtMs = clock.monotonicMs() + this.#askPauses.nextMs();
    await this.#keepCursor();
  }

  async #keepCursor(): Promise<void> {
    const cursor = this.#cursor;
    if (this.#held.size > 0 || cursor === null || cursor === this.#keptCursor) return;
    crashPoint('feed-page-recorded');
    await this.reading.cursors.move(this.gateway.name, cursor);
    this.#keptCursor = cursor;
    crashPoint('feed-cursor-moved');
  }

  /** The page's facts by payment, without those that have to wait behind others of their payment. */
  #behindHeld(facts: Facts): Queue[] {
    const queues = new Map<string, GatewayFact[]>();
    for (const fact of facts) {
      const { paymentId, id } = fact;
      const waiting = this.#held.get(paymentId);
      const queue = queues.get(paymentId);
      if (waiting !== undefined) {
        // A feed that stays where it is tells its facts again.
        if (waiting.facts.some((other) => other.id === id)) continue;
        this.#held.set(paymentId, { ...waiting, facts: [...waiting.facts, fact] });
      } else if (queue === undefined) queues.set(paymentId, [fact]);
      else queue.push(fact);
    }
    return [...queues.values()].map((own) => ({ facts: own, heldSinceMs: null }));
  }

  /** Facts of one payment in the feed's order, different payments side by side. */
  async #recordInOrder(queues: Queue[]): Promise<void> {
    const worker = async (): Promise<void> => {
      for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
        await this.#recordQueue(queue);
      }
    };
    await Promise.all(Array.from({ length: FACTS_AT_ONCE_MAX }, worker));
  }

  /** What the gateway has to be asked about, and can't, waits with all behind it, and holds up no other payment. */
  async #recordQueue(queue: Queue): Promise<void> {
    const { ports, logger } = this.reading;
    const gateway = this.gateway.name;
    const { facts } = queue;
    let { heldSinceMs } = queue;
    for (const [index, fact] of facts.entries()) {
      const nowMs = ports.clock.monotonicMs();
      const atLast = heldSinceMs !== null && nowMs - heldSinceMs >= PATIENCE_MS;
      try {
        const outcome = await (atLast ? recordFactAtLast : recordFact)(ports, gateway, fact);
        heldSinceMs = null;
        if (outcome !== 'no_such_payment') continue;
        logger.warn({ gateway, fact: fact.id }, 'a fact of a payment that is not here');
      } catch (error) {
        if (!(error instanceof GatewayUnreachable)) throw error;
        logger.warn({ err: error, gateway, fact: fact.id }, 'a fact waits for its gateway');
        const waiting = { facts: facts.slice(index), heldSinceMs: heldSinceMs ?? nowMs };
        this.#held.set(fact.paymentId, waiting);
        return;
      }
    }
  }
}
