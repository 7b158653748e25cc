import { startProcessor, type Processor } from '../../apps/processor/processor.js';
import type { OrchestrationPorts } from '../orchestration/orchestration.js';
import { foldPayment } from '../payments/payment.fold.js';
import type { Payment } from '../payments/payment.state.js';
import { paymentStream } from '../payments/payment.stream.js';
import { createLogger, type Logger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { eventually } from './eventually.js';
import { PAYMENT_ID } from './payment-house.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

const UNKNOWN_ASK_MAX_MS = 500;
const STATUS_WAIT_MS = 20_000;

/** Processors of one spec, on a database of its own. */
export class TestProcessors {
  #running: Processor[] = [];

  private constructor(readonly database: TestDatabase) {}

  static async open(): Promise<TestProcessors> {
    return new TestProcessors(await createTestDatabase());
  }

  /** In the order in which they were started. */
  get running(): readonly Processor[] {
    return this.#running;
  }

  async start(
    ports: OrchestrationPorts,
    logger: Logger = createLogger('spec', { level: 'silent' }),
  ): Promise<void> {
    const processor = await startProcessor({
      databaseUrl: this.database.url,
      migrate: 'apply',
      ports,
      unknownAskMaxMs: UNKNOWN_ASK_MAX_MS,
      logger,
      metrics: new Metrics('spec'),
    });
    this.#running.push(processor);
  }

  async stopLast(): Promise<void> {
    await this.#running.pop()?.close();
  }

  /** Stops all of them and leaves the database as if there had been none. */
  async clear(): Promise<void> {
    await Promise.all(this.#running.map((processor) => processor.close()));
    this.#running = [];
    await this.database.query('drop schema public cascade; create schema public');
  }

  async close(): Promise<void> {
    await this.database.dispose();
  }
}

/** The payment of the house, as its stream tells it. */
export async function storedPayment({ store }: OrchestrationPorts): Promise<Payment> {
  const found = foldPayment(await store.readStream(paymentStream(PAYMENT_ID)));
  if (found === null) throw new Error('no such payment');
  return found;
}

export async function untilStatus(ports: OrchestrationPorts, status: string): Promise<void> {
  await eventually(
    async () => expect((await storedPayment(ports)).status).toBe(status),
    STATUS_WAIT_MS,
  );
}
