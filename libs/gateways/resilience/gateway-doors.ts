import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import type { BreakerView } from '../gateway-vitals.js';
import type { Clock } from '../../platform/clock.js';
import {
  advanced,
  closedCircuit,
  finished,
  noSignOfLife,
  refusedForMs,
  signOfLife,
  started,
  type CallResult,
  type Circuit,
} from './circuit-breaker.js';
import { DecorrelatedJitter } from './decorrelated-jitter.js';
import type { ResilienceSettings } from './resilience-settings.js';
import { TokenBucket } from './token-bucket.js';

/** Why a call may not start now. `reason` follows the gateway's name in a sentence. */
export interface ClosedDoor {
  readonly door: 'breaker' | 'hold_off' | 'bulkhead' | 'rate';
  readonly reason: string;
  readonly retryAfterMs: number;
}

export interface BreakerChange {
  readonly from: Circuit['state'];
  readonly to: Circuit['state'];
  readonly reason: string | null;
}

const ASKS_SHARE = 5;
/** Below the third of what the processor works on at once, so that one gateway never takes it all. */
const ASKS_MAX = 20;
const FULL_RETRY_MS = 1_000;
/** An announced call that has not begun by then gives its place back; longer than an append should take. */
const ANNOUNCED_MAX_MS = 2_000;
const HOLD_OFF_FIRST_MS = 500;
const HOLD_OFF_MAX_MS = 30_000;

/** Everything that a new call to one gateway passes, in memory: breaker, hold-off after a 429, bulkhead, own rate. */
export class GatewayDoors {
  readonly sends: BulkheadPolicy;
  /** Questions have room of their own: what became of earlier calls must be learned while new ones hang. */
  readonly asks: BulkheadPolicy;
  #circuit: Circuit;
  #since: string | null = null;
  #heldOffUntilMs = -Infinity;
  /** When each call that was announced and has not begun is forgotten; oldest first. */
  #announced: number[] = [];
  readonly #holdOff = new DecorrelatedJitter({
    firstMs: HOLD_OFF_FIRST_MS,
    maxMs: HOLD_OFF_MAX_MS,
  });
  readonly #bucket: TokenBucket | null;

  constructor(
    private readonly settings: ResilienceSettings,
    private readonly clock: Clock,
    private readonly onChange: (change: BreakerChange) => void,
  ) {
    const { bulkheadMax, ratePerSecond } = settings;
    const nowMs = clock.monotonicMs();
    const asksMax = Math.min(ASKS_MAX, Math.max(1, Math.floor(bulkheadMax / ASKS_SHARE)));
    this.asks = bulkhead(asksMax, 0);
    this.sends = bulkhead(Math.max(1, bulkheadMax - asksMax), 0);
    this.#circuit = closedCircuit(nowMs);
    this.#bucket = ratePerSecond === null ? null : new TokenBucket(ratePerSecond, nowMs);
  }

  /**
   * Why a call may not start now; null: it may. Takes no place. `another`: one beside those announced; `announced`: one
   * of them.
   */
  closedDoor(call: 'another' | 'announced'): ClosedDoor | null {
    const nowMs = this.#advance();
    const ahead = call === 'another' ? this.#announcedAt(nowMs) : 0;
    const openMs = refusedForMs(this.#circuit, this.settings.breaker, { nowMs, ahead });
    if (openMs > 0) {
      const { state } = this.#circuit;
      const reason =
        state === 'OPEN' ? 'is out of service: its breaker is open' : 'is only being tested yet';
      return { door: 'breaker', reason, retryAfterMs: openMs };
    }
    if (nowMs < this.#heldOffUntilMs) {
      const retryAfterMs = this.#heldOffUntilMs - nowMs;
      return { door: 'hold_off', reason: 'asked for fewer calls', retryAfterMs };
    }
    if (this.sends.executionSlots <= ahead) {
      return { door: 'bulkhead', reason: 'has its bulkhead full', retryAfterMs: FULL_RETRY_MS };
    }
    const emptyMs = this.#bucket?.emptyForMs(nowMs, ahead) ?? 0;
    if (emptyMs === 0) return null;
    return { door: 'rate', reason: 'is called as often as it may be', retryAfterMs: emptyMs };
  }

  /** Counts a call that starts; gives what its end is to be counted with. */
  enter(): number {
    const nowMs = this.#advance();
    this.#announced.shift();
    this.#bucket?.take(nowMs);
    this.#circuit = started(this.#circuit, nowMs);
    return this.#circuit.epoch;
  }

  announce(): void {
    const nowMs = this.clock.monotonicMs();
    this.#announcedAt(nowMs);
    this.#announced.push(nowMs + ANNOUNCED_MAX_MS);
  }

  /** A call that was announced will not begin after all. */
  withdraw(): void {
    this.#announced.pop();
  }

  leave(epoch: number, result: CallResult): void {
    const nowMs = this.clock.monotonicMs();
    if (result !== 'neutral') this.#holdOff.reset();
    this.#change(finished(this.#circuit, this.settings.breaker, { epoch, result, nowMs }));
  }

  /** The gateway asked for fewer calls; null: it did not say for how long. */
  holdOff(retryAfterMs: number | null): void {
    const ms = Math.min(retryAfterMs ?? this.#holdOff.nextMs(), HOLD_OFF_MAX_MS);
    this.#heldOffUntilMs = Math.max(this.#heldOffUntilMs, this.clock.monotonicMs() + ms);
  }

  signOfLife(): void {
    const nowMs = this.#advance();
    this.#change(signOfLife(this.#circuit, this.settings.breaker, nowMs));
  }

  noSignOfLife(): void {
    const nowMs = this.#advance();
    this.#change(noSignOfLife(this.#circuit, this.settings.breaker, nowMs));
  }

  breaker(): BreakerView {
    this.#advance();
    return { state: this.#circuit.state, since: this.#since, reason: this.#circuit.reason };
  }

  #announcedAt(nowMs: number): number {
    while ((this.#announced[0] ?? Infinity) <= nowMs) this.#announced.shift();
    return this.#announced.length;
  }

  #advance(): number {
    const nowMs = this.clock.monotonicMs();
    this.#change(advanced(this.#circuit, nowMs));
    return nowMs;
  }

  #change(next: Circuit): void {
    const before = this.#circuit;
    this.#circuit = next;
    if (next.epoch === before.epoch) return;
    this.#since = this.clock.now();
    this.onChange({ from: before.state, to: next.state, reason: next.reason });
  }
}
