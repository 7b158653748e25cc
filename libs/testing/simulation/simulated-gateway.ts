import {
  GatewayUnreachable,
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayFact,
  type GatewayWord,
} from '../../gateways/payment-gateway.js';
import type { FaultKind } from './faults.js';
import type { GatewayWorld } from './gateway-world.js';
import type { Life } from './simulated-node.js';

const TRIP_SPREAD_MS = 400;
const LATE_SPREAD_MS = 8_000;
/** Processes die around a call now and then. */
const CRASH_ONCE_IN = 60;
const FACTS_AT_ONCE_MAX = 3;
/** While the feed tells nothing its reader looks more and more seldom: months have to pass in few turns. */
const FEED_WAIT_FIRST_MS = 2_000;
const FEED_WAIT_MAX_MS = 6 * 3_600_000;
const REFUSED = { outcome: 'refused', message: 'simulated' } as const;
const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'simulated' };

/** A gateway as one process reaches it, over a network that loses, delays and cuts. */
export class SimulatedGateway extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities;
  #feedWaitMs = FEED_WAIT_FIRST_MS;

  constructor(
    private readonly life: Life,
    private readonly there: GatewayWorld,
    /** Ends the reading of the feed. */
    private readonly ended: AbortSignal,
  ) {
    super();
    this.name = there.name;
    this.capabilities = there.capabilities;
  }

  override send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    return new Promise((resolve) => {
      const { life } = this;
      const { faults } = life.world;
      this.there.assertTimely(call);
      const tripMs = 1 + life.world.choose(TRIP_SPREAD_MS);
      if (faults.isDue(CRASH_ONCE_IN)) {
        life.world.scheduler.in(life.world.choose(2 * tripMs), () => life.world.crash(life));
      }
      const after = (ms: number, answer: GatewayAnswer) => life.in(ms, () => resolve(answer));
      const strikes = (kind: FaultKind) => faults.strikes(kind, 24);
      if (this.there.away) {
        faults.met('gateway_away');
        after(1, { ...REFUSED, reason: 'not_sent' });
      } else if (strikes('send_refused')) after(tripMs, { ...REFUSED, reason: 'rejected' });
      else if (strikes('send_rate_limited')) after(tripMs, { ...REFUSED, reason: 'rate_limited' });
      else if (strikes('send_request_lost')) after(timeoutMs, UNKNOWN);
      else if (strikes('send_request_late')) {
        after(timeoutMs, UNKNOWN);
        this.#arrive(call, timeoutMs + life.world.choose(LATE_SPREAD_MS), () => undefined);
      } else if (strikes('send_answer_lost')) {
        after(timeoutMs, UNKNOWN);
        this.#arrive(call, tripMs, () => undefined);
      } else if (strikes('send_failed_after_effect')) {
        this.#arrive(call, tripMs, () => after(1, UNKNOWN));
      } else if (strikes('send_answer_late')) {
        this.#arrive(call, tripMs, (answer) => after(timeoutMs - 1 - tripMs, answer));
      } else {
        this.#arrive(call, tripMs, (answer) => after(life.world.choose(TRIP_SPREAD_MS), answer));
      }
    });
  }

  override async ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    const { life, there } = this;
    if (there.away) {
      life.world.faults.met('gateway_away');
      await life.wait(1);
      return { ...REFUSED, reason: 'not_sent' };
    }
    if (life.world.faults.strikes('ask_unanswered', 12)) {
      await life.wait(timeoutMs);
      return UNKNOWN;
    }
    await life.wait(1 + life.world.choose(TRIP_SPREAD_MS));
    const word = there.ask(call);
    life.world.note(`${life.name} hears of ${there.name}: ${call.key} is ${word.outcome}`);
    return word;
  }

  override async facts(
    cursor: string | null,
  ): Promise<{ readonly facts: readonly GatewayFact[]; readonly cursor: string | null }> {
    const { life, there } = this;
    const from = Number(cursor ?? '0');
    const { ended } = this;
    const asked = { most: FACTS_AT_ONCE_MAX, waitMs: this.#feedWaitMs, ended };
    const facts = await there.facts(from, asked);
    this.#feedWaitMs =
      facts.length > 0 ? FEED_WAIT_FIRST_MS : Math.min(2 * this.#feedWaitMs, FEED_WAIT_MAX_MS);
    await life.wait(1 + life.world.choose(TRIP_SPREAD_MS));
    if (there.away || life.world.faults.strikes('feed_away', 15)) {
      throw new GatewayUnreachable('simulated');
    }
    return { facts, cursor: facts.length === 0 ? cursor : String(from + facts.length) };
  }

  /** The request goes on alone: what becomes of its sender does not stop it. */
  #arrive(call: GatewayCall, inMs: number, then: (answer: GatewayAnswer) => void): void {
    const { life, there } = this;
    life.world.scheduler.in(inMs, () => {
      if (!life.isAlive) life.world.faults.met('send_answered_after_crash');
      there
        .perform(call)
        .then(then)
        .catch((error: unknown) => life.world.violated(`${there.name}: ${String(error)}`));
    });
  }
}
