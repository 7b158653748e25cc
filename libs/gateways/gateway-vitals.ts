import type { Admission } from './gateway-directory.js';

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/** What was seen of a gateway lately, in one currency and method. */
export interface GatewayStats {
  /** Attempts (authorize and purchase) that a gateway answered with a decision, within the window. */
  readonly samples: number;
  /** How many of them it approved. */
  readonly successes: number;
  /** Null: nothing was measured in the window. */
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  /** 0 (gone) to 1 (well): of the gateway as a whole, whatever the currency and method. */
  readonly health: number;
}

/** What was seen in one window, for people. Rates 0 to 1, null without samples. */
export interface HealthWindow {
  /** Calls in the window that move money, whatever became of them. */
  readonly samples: number;
  /** Approved among the decided attempts. */
  readonly successRate: number | null;
  /** Calls that ended without the gateway's word. */
  readonly errorRate: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
}

/** A gateway as a whole, over the longest window. */
export interface GatewayHealth extends HealthWindow {
  /** 0 (gone) to 1 (well). */
  readonly score: number;
  /** A sentence: why the score is what it is. */
  readonly reason: string;
  readonly lastMinute: HealthWindow;
  /** The longest window by currency and method, where there were calls. */
  readonly by: readonly (HealthWindow & { readonly currency: string; readonly method: string })[];
}

export interface BreakerView {
  readonly state: BreakerState;
  /** ISO instant of the last change; null: it never changed since the start. */
  readonly since: string | null;
  /** A sentence: why it is in this state. */
  readonly reason: string | null;
}

/** How the gateways are; synchronous and from memory, asked for every payment. Unknown names are well and admitted. */
export abstract class GatewayVitals {
  /** `method`: a payment method's type, such as `card`. */
  abstract stats(name: string, currency: string, method: string): GatewayStats;
  /** Asks without taking a place: breaker open, bulkhead full or rate limit reached refuse. */
  abstract admits(name: string): Admission;
  /** A call is about to start: who asks from now on is told of one place less. It ends with the call, or soon by itself. */
  abstract announce(name: string): void;
  /** An announced call will not begin: its intent was not stored. */
  abstract withdraw(name: string): void;
  abstract breaker(name: string): BreakerView;
  abstract health(name: string): GatewayHealth;
}

const NO_STATS: GatewayStats = {
  samples: 0,
  successes: 0,
  latencyP50Ms: null,
  latencyP95Ms: null,
  health: 1,
};

const NO_WINDOW: HealthWindow = {
  samples: 0,
  successRate: null,
  errorRate: null,
  latencyP50Ms: null,
  latencyP95Ms: null,
  latencyP99Ms: null,
};

/** Nobody watches: every gateway is well. */
export class UnwatchedVitals extends GatewayVitals {
  override stats(): GatewayStats {
    return NO_STATS;
  }

  override admits(): Admission {
    return { admitted: true };
  }

  override announce(): void {}
  override withdraw(): void {}

  override breaker(): BreakerView {
    return { state: 'CLOSED', since: null, reason: null };
  }

  override health(): GatewayHealth {
    const reason = 'nothing was measured yet';
    return { ...NO_WINDOW, score: 1, reason, lastMinute: NO_WINDOW, by: [] };
  }
}
