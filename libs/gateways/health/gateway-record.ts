import type { BreakerView, BreakerState, GatewayHealth, HealthWindow } from '../gateway-vitals.js';
import {
  FIVE_MINUTES_MS,
  MINUTE_MS,
  SlidingWindow,
  type Observation,
  type WindowTotals,
} from './sliding-window.js';

/** Currencies times methods that are told apart; what comes beyond counts for the whole gateway only. */
export const KEYS_MAX = 64;
/** With fewer decisions in its own currency and method a gateway is judged by all of them. */
export const KEY_DECISIONS_MIN = 20;
/** As if so many calls had gone well before: one failure among two calls is no 50 %. */
const PRIOR_SUCCESSES = 5;
const MINUTE_WEIGHT = 0.7;
const TOTALS_MAX_AGE_MS = 250;

const BREAKER_FACTOR = { CLOSED: 1, HALF_OPEN: 0.5, OPEN: 0 } as const satisfies Record<
  BreakerState,
  number
>;

/** What was seen of one gateway: as a whole, and by currency and method. */
export class GatewayRecord {
  readonly #whole = new CachedWindow();
  readonly #keys = new Map<string, CachedWindow>();

  add(
    observation: Observation,
    charge: { readonly currency: string; readonly method: string } | null,
    nowMs: number,
  ): void {
    this.#whole.window.add(observation, nowMs);
    if (charge === null) return;
    const key = keyOf(charge.currency, charge.method);
    let of = this.#keys.get(key);
    if (of === undefined) {
      if (this.#keys.size >= KEYS_MAX) return;
      of = new CachedWindow();
      this.#keys.set(key, of);
    }
    of.window.add(observation, nowMs);
  }

  /** Five minutes of this currency and method; of the whole gateway where they hold too little. */
  totalsOf(currency: string, method: string, nowMs: number): WindowTotals {
    const own = this.#keys.get(keyOf(currency, method))?.fiveMinutes(nowMs);
    if (own !== undefined && own.decided >= KEY_DECISIONS_MIN) return own;
    return this.#whole.fiveMinutes(nowMs);
  }

  /** 0 to 1: how surely a call gets a clear word; the last minute counts most, an open breaker is 0. */
  score(breaker: BreakerState, nowMs: number): number {
    const minute = availability(this.#whole.minute(nowMs));
    const fiveMinutes = availability(this.#whole.fiveMinutes(nowMs));
    const seen = MINUTE_WEIGHT * minute + (1 - MINUTE_WEIGHT) * fiveMinutes;
    return rounded(seen * BREAKER_FACTOR[breaker]);
  }

  health(breaker: BreakerView, nowMs: number): GatewayHealth {
    const fiveMinutes = this.#whole.fiveMinutes(nowMs);
    return {
      ...windowOf(fiveMinutes),
      score: this.score(breaker.state, nowMs),
      reason: reasonOf(breaker, fiveMinutes),
      lastMinute: windowOf(this.#whole.minute(nowMs)),
      by: [...this.#keys].flatMap(([key, of]) => {
        const totals = of.fiveMinutes(nowMs);
        const [currency = '', method = ''] = key.split(' ');
        return totals.calls === 0 ? [] : [{ currency, method, ...windowOf(totals) }];
      }),
    };
  }
}

/** Totals are asked for with every payment and change little meanwhile. */
class CachedWindow {
  readonly window = new SlidingWindow();
  #minute: { readonly atMs: number; readonly totals: WindowTotals } | null = null;
  #fiveMinutes: { readonly atMs: number; readonly totals: WindowTotals } | null = null;

  minute(nowMs: number): WindowTotals {
    this.#minute = this.#current(this.#minute, MINUTE_MS, nowMs);
    return this.#minute.totals;
  }

  fiveMinutes(nowMs: number): WindowTotals {
    this.#fiveMinutes = this.#current(this.#fiveMinutes, FIVE_MINUTES_MS, nowMs);
    return this.#fiveMinutes.totals;
  }

  #current(
    known: { readonly atMs: number; readonly totals: WindowTotals } | null,
    windowMs: number,
    nowMs: number,
  ) {
    if (known !== null && nowMs - known.atMs < TOTALS_MAX_AGE_MS) return known;
    return { atMs: nowMs, totals: this.window.totals(windowMs, nowMs) };
  }
}

function availability({ calls, failures }: WindowTotals): number {
  return (calls - failures + PRIOR_SUCCESSES) / (calls + PRIOR_SUCCESSES);
}

function windowOf(totals: WindowTotals): HealthWindow {
  const { calls, failures, decided, approved } = totals;
  return {
    samples: calls,
    successRate: decided === 0 ? null : rounded(approved / decided),
    errorRate: calls === 0 ? null : rounded(failures / calls),
    latencyP50Ms: totals.latencyP50Ms,
    latencyP95Ms: totals.latencyP95Ms,
    latencyP99Ms: totals.latencyP99Ms,
  };
}

function reasonOf({ state, reason }: BreakerView, { calls, failures }: WindowTotals): string {
  const seen =
    calls === 0
      ? 'no call in the last five minutes'
      : `${failures} of ${calls} calls in the last five minutes failed`;
  if (state === 'CLOSED') return seen;
  return `the breaker is ${state === 'OPEN' ? 'open' : 'half open'}: ${reason ?? ''}; ${seen}`;
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

function keyOf(currency: string, method: string): string {
  return `${currency} ${method}`;
}
