import type { Logger } from '../../platform/logging.js';
import { DecorrelatedJitter } from '../resilience/decorrelated-jitter.js';
import type { ResilientGateway } from '../resilience/resilient-gateway.js';

const PROBE_TIMEOUT_MS = 2_000;

/** Asks gateways that are out of service, each at its own pace, whether they are back. */
export class GatewayProbes {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(
    private readonly gateways: readonly ResilientGateway[],
    private readonly options: { readonly intervalMs: number; readonly logger: Logger },
  ) {}

  start(): this {
    for (const gateway of this.gateways) this.#schedule(gateway, this.#pauses());
    return this;
  }

  /** Nothing is asked any more; a probe on its way ends by its time-out. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #schedule(gateway: ResilientGateway, pauses: DecorrelatedJitter): void {
    if (this.#closed) return;
    const timer = setTimeout(() => void this.#tick(gateway, pauses), pauses.nextMs());
    // A process that has nothing else to do may end.
    timer.unref();
    this.#timers.set(gateway.name, timer);
  }

  async #tick(gateway: ResilientGateway, pauses: DecorrelatedJitter): Promise<void> {
    try {
      if (gateway.breaker().state !== 'CLOSED') {
        const there = await gateway.probe(PROBE_TIMEOUT_MS);
        this.options.logger.debug({ gateway: gateway.name, there }, 'probed a gateway');
      }
    } catch (error) {
      this.options.logger.error({ err: error, gateway: gateway.name }, 'a probe failed');
    }
    this.#schedule(gateway, pauses);
  }

  /** Never farther apart than the interval, so that recovery is seen in time, and never all at once. */
  #pauses(): DecorrelatedJitter {
    const { intervalMs } = this.options;
    return new DecorrelatedJitter({ firstMs: intervalMs, maxMs: intervalMs });
  }
}
