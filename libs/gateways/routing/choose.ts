import { hash } from 'node:crypto';
import type {
  RoutingDecision,
  RoutingInputs,
  RoutingScores,
} from '../../payments/payment.events.js';

/** Version of everything in this file: raised with any change of what it computes, which stands in each decision. */
export const SCORING_VERSION = 1;

/** As if so many attempts had been seen before: few samples don't decide. */
const PRIOR_SUCCESSES = 9;
const PRIOR_DECLINES = 1;
const PRIOR_LATENCY_MS = 500;
/** A gateway that answers after this time has half of the score. */
const LATENCY_HALF_MS = 1_000;
const BASIS_POINTS = 10_000;

export interface ChoiceInputs {
  /** The eligible gateways. */
  readonly candidates: readonly { readonly gateway: string; readonly inputs: RoutingInputs }[];
  readonly weights: RoutingScores;
  readonly rule: RoutingDecision['rule'];
  readonly paymentId: string;
}

export interface Scored {
  readonly gateway: string;
  readonly scores: RoutingScores;
  readonly total: number;
}

export interface Choice {
  /** Null: there was no candidate. */
  readonly gateway: string | null;
  readonly how: 'only_one' | 'rule' | 'score' | 'draw_among_equals';
  readonly scored: readonly Scored[];
}

/** Scores and chooses; pure, and the same for the same inputs: ties and splits are drawn from the payment's id. */
export function choose(choice: ChoiceInputs): Choice {
  const scored = scoreAll(choice);
  const { rule, paymentId } = choice;
  const tier = tiers(rule, scored, paymentId);
  const best = Math.min(...scored.map(({ gateway }) => tier(gateway)));
  const front = scored.filter(({ gateway }) => tier(gateway) === best);
  const top = Math.max(...front.map(({ total }) => total));
  const equals = front.filter(({ total }) => total === top);
  const [chosen] = [...equals].sort((a, b) =>
    drawnNumber(paymentId, b.gateway) < drawnNumber(paymentId, a.gateway) ? -1 : 1,
  );
  if (chosen === undefined) return { gateway: null, how: 'score', scored };
  const how =
    scored.length === 1
      ? 'only_one'
      : front.length < scored.length
        ? 'rule'
        : equals.length > 1
          ? 'draw_among_equals'
          : 'score';
  return { gateway: chosen.gateway, how, scored };
}

function scoreAll({ candidates, weights }: ChoiceInputs): readonly Scored[] {
  const known = candidates.flatMap(({ inputs }) =>
    inputs.cost === null ? [] : [BigInt(inputs.cost)],
  );
  const cheapest = known.reduce((least, cost) => (cost < least ? cost : least), known[0] ?? 0n);
  const dearest = known.reduce((most, cost) => (cost > most ? cost : most), known[0] ?? 0n);
  return candidates.map(({ gateway, inputs }) => {
    const { samples, successes, latencyMs, health } = inputs;
    const scores = {
      success: rounded(
        (successes + PRIOR_SUCCESSES) / (samples + PRIOR_SUCCESSES + PRIOR_DECLINES),
      ),
      latency: rounded(LATENCY_HALF_MS / (LATENCY_HALF_MS + expectedLatencyMs(samples, latencyMs))),
      // Whose price nobody knows is taken for as dear as the dearest.
      cost: costScore(inputs.cost === null ? dearest : BigInt(inputs.cost), cheapest),
      health: rounded(health),
    };
    return { gateway, scores, total: totalOf(scores, weights, inputs.weight) };
  });
}

function expectedLatencyMs(samples: number, measuredMs: number | null): number {
  if (measuredMs === null) return PRIOR_LATENCY_MS;
  const priorSamples = PRIOR_SUCCESSES + PRIOR_DECLINES;
  return (measuredMs * samples + PRIOR_LATENCY_MS * priorSamples) / (samples + priorSamples);
}

/** The cheapest has 1, one of twice the price about half. One minor unit more on both sides: a price may be 0. */
function costScore(cost: bigint, cheapest: bigint): number {
  const scale = 10_000n;
  return Number(((cheapest + 1n) * scale + (cost + 1n) / 2n) / (cost + 1n)) / Number(scale);
}

function totalOf(scores: RoutingScores, weights: RoutingScores, weight: number): number {
  const sum = weights.success + weights.latency + weights.cost + weights.health;
  const weighed =
    weights.success * scores.success +
    weights.latency * scores.latency +
    weights.cost * scores.cost +
    weights.health * scores.health;
  return sum === 0 ? 0 : rounded((weight * weighed) / sum);
}

/** Which gateways stand before which by the rule, 0 first; within a tier the score decides. */
function tiers(
  rule: RoutingDecision['rule'],
  scored: readonly Scored[],
  paymentId: string,
): (gateway: string) => number {
  if (rule === null) return () => 0;
  const { then } = rule;
  if ('prefer' in then) {
    const { prefer } = then;
    return (gateway) => (prefer.includes(gateway) ? prefer.indexOf(gateway) : prefer.length);
  }
  if ('avoid' in then) return (gateway) => (then.avoid.includes(gateway) ? 1 : 0);
  if ('only' in then) return () => 0;
  const drawn = drawShare(then.split, new Set(scored.map((it) => it.gateway)), [
    paymentId,
    rule.id,
  ]);
  return (gateway) => (gateway === drawn ? 0 : 1);
}

/**
 * Draws among all shares first, so that a payment's gateway does not depend on who else is well; where that one is not
 * eligible, among the eligible ones.
 */
function drawShare(
  shares: readonly { readonly gateway: string; readonly percent: number }[],
  eligible: ReadonlySet<string>,
  seed: readonly string[],
): string | null {
  const first = pick(shares, drawnNumber(...seed, 'split'));
  if (first !== null && eligible.has(first)) return first;
  const left = shares.filter(({ gateway }) => eligible.has(gateway));
  return pick(left, drawnNumber(...seed, 'split again'));
}

function pick(
  shares: readonly { readonly gateway: string; readonly percent: number }[],
  drawn: number,
): string | null {
  const points = shares.map(({ percent }) => Math.round((percent * BASIS_POINTS) / 100));
  let left = drawn % points.reduce((sum, share) => sum + share, 0);
  for (const [index, share] of points.entries()) {
    if (left < share) return shares[index]?.gateway ?? null;
    left -= share;
  }
  return null;
}

/** 48 bits of SHA-256: the same for the same texts, evenly spread. */
function drawnNumber(...texts: readonly string[]): number {
  return Number.parseInt(hash('sha256', JSON.stringify(texts), 'hex').slice(0, 12), 16);
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
