import { GatewayUnreachable, type PaymentGateway } from '../../libs/gateways/payment-gateway.js';
import { DecorrelatedJitter } from '../../libs/gateways/resilience/decorrelated-jitter.js';
import { recordFact } from '../../libs/orchestration/fact-recorder.js';
import type { OrchestrationPorts } from '../../libs/orchestration/orchestration.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Logger } from '../../libs/platform/logging.js';
import type { DuePayments } from './due-payments.js';

export interface FeedReading {
  readonly ports: OrchestrationPorts;
  readonly due: Pick<DuePayments, 'feedCursor' | 'moveFeed'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly signal: AbortSignal;
}

const FEED_INTERVAL_MS = 1_000;
const AWAY_PAUSES = { firstMs: FEED_INTERVAL_MS, maxMs: 5_000 };
const FACTS_AT_ONCE_MAX = 16;

/** Reads every gateway's feed of facts once a second until the signal; a gateway that is away holds up only itself. */
export async function readFeeds(reading: FeedReading): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([reading.signal, failed.signal]);
  const feeds = reading.ports.gateways
    .all()
    .map((gateway) => readFeed({ ...reading, signal }, gateway).finally(() => failed.abort()));
  await Promise.all(feeds);
}

async function readFeed(reading: FeedReading, gateway: PaymentGateway): Promise<void> {
  const { ports, due, logger, signal } = reading;
  const awayPauses = new DecorrelatedJitter(AWAY_PAUSES, ports.chance);
  let cursor = await due.feedCursor(gateway.name);
  while (!signal.aborted) {
    let pauseMs = FEED_INTERVAL_MS;
    try {
      cursor = await readPages(reading, gateway, cursor);
      awayPauses.reset();
    } catch (error) {
      if (!(error instanceof GatewayUnreachable)) throw error;
      logger.warn({ err: error, gateway: gateway.name }, 'the feed of facts is away');
      pauseMs = awayPauses.nextMs();
    }
    await ports.clock.pause(pauseMs, signal);
  }
}

/** Page after page to the feed's end; the cursor moves once a page's facts are durable in their streams. */
async function readPages(
  reading: FeedReading,
  gateway: PaymentGateway,
  from: string | null,
): Promise<string | null> {
  const { ports, due, signal } = reading;
  let cursor = from;
  while (!signal.aborted) {
    const page = await gateway.facts(cursor, ports.settings.gatewayTimeoutMs);
    // A page may hold nothing of ours and still lead further.
    await recordInOrder(reading, gateway.name, page.facts);
    if (page.cursor === null || page.cursor === cursor) return cursor;
    cursor = page.cursor;
    crashPoint('feed-page-recorded');
    await due.moveFeed(gateway.name, cursor);
    crashPoint('feed-cursor-moved');
  }
  return cursor;
}

type Facts = Awaited<ReturnType<PaymentGateway['facts']>>['facts'];

/** Facts of one payment in the feed's order, different payments side by side. */
async function recordInOrder(reading: FeedReading, gateway: string, facts: Facts): Promise<void> {
  const { ports, logger } = reading;
  const queues = byPayment(facts);
  const worker = async (): Promise<void> => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
      for (const fact of queue) {
        const outcome = await recordFact(ports, gateway, fact);
        if (outcome === 'no_such_payment') {
          logger.warn({ gateway, fact: fact.id }, 'a fact of a payment that is not here');
        }
      }
    }
  };
  await Promise.all(Array.from({ length: FACTS_AT_ONCE_MAX }, worker));
}

function byPayment(facts: Facts): Facts[number][][] {
  const queues = new Map<string, Facts[number][]>();
  for (const fact of facts) {
    const queue = queues.get(fact.paymentId);
    if (queue === undefined) queues.set(fact.paymentId, [fact]);
    else queue.push(fact);
  }
  return [...queues.values()];
}
