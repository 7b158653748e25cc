import { hash } from 'node:crypto';
import type {
  RoutingDecision,
  RoutingGround,
  RoutingScoring,
} from '../../payments/routing-decision.js';
import type { RoutingSignal } from './routing-signal.js';

/**
 * Version of the computation, here and in the signals, kept in each decision. A change of its results raises it and
 * keeps the old computation: scores of older decisions are nowhere else.
 */
export const SCORING_VERSION = 1;

const BASIS_POINTS = 10_000;

export interface ChoiceInputs extends Pick<RoutingScoring, 'inputs' | 'factors' | 'weights'> {
  /** The eligible ones; inputs and factors are in their order. */
  readonly gateways: readonly string[];
  readonly signals: readonly RoutingSignal[];
  readonly rule: RoutingDecision['rule'];
  readonly paymentId: string;
}

/** Lists are in the order of the gateways. */
export interface Choice {
  /** Null: there was no gateway. */
  readonly gateway: string | null;
  readonly by: RoutingGround | null;
  /** By signal. */
  readonly scores: { readonly [signal: string]: readonly number[] };
  readonly totals: readonly number[];
}

/** Scores and chooses; pure, and the same for the same inputs: ties and splits are drawn from the payment's id. */
export function choose(choice: ChoiceInputs): Choice {
  const { gateways, rule, paymentId } = choice;
  const scores = scoresOf(choice);
  const totals = totalsOf(choice, scores);
  const tier = tiers(rule, gateways, paymentId);
  // Places in the list of gateways.
  let front: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  gateways.forEach((gateway, place) => {
    const its = tier(gateway);
    if (its > best) return;
    if (its < best) front = [];
    best = its;
    front.push(place);
  });
  const top = Math.max(...front.map((place) => totals[place] ?? 0));
  const equals = front.filter((place) => totals[place] === top);
  const gateway = drawn(
    equals.map((place) => gateways[place] ?? ''),
    paymentId,
  );
  if (gateway === null) return { gateway, by: null, scores, totals };
  const by =
    gateways.length === 1
      ? 'only_one'
      : front.length < gateways.length
        ? 'rule'
        : equals.length > 1
          ? 'draw_among_equals'
          : 'score';
  return { gateway, by, scores, totals };
}

function scoresOf({ signals, inputs }: ChoiceInputs): Choice['scores'] {
  const scores: Record<string, readonly number[]> = {};
  for (const { name, score } of signals) scores[name] = score(inputs[name] ?? []).map(rounded);
  return scores;
}

/** The weighed mean of each gateway's scores, times the operator's factor. */
function totalsOf(
  { signals, weights, factors }: ChoiceInputs,
  scores: Choice['scores'],
): readonly number[] {
  const weight = ({ name }: RoutingSignal) => weights[name] ?? 0;
  const sum = signals.reduce((sofar, signal) => sofar + weight(signal), 0);
  if (sum === 0) return factors.map(() => 0);
  return factors.map((factor, place) => {
    let weighed = 0;
    for (const signal of signals) weighed += weight(signal) * (scores[signal.name]?.[place] ?? 0);
    return rounded((factor * weighed) / sum);
  });
}

/** Which gateways stand before which by the rule, 0 first; within a tier the score decides. */
function tiers(
  rule: RoutingDecision['rule'],
  gateways: readonly string[],
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
  const share = drawShare(then.split, new Set(gateways), [paymentId, rule.id]);
  return (gateway) => (gateway === share ? 0 : 1);
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
  ticket: number,
): string | null {
  const points = shares.map(({ percent }) => Math.round((percent * BASIS_POINTS) / 100));
  let left = ticket % points.reduce((sum, share) => sum + share, 0);
  for (const [index, share] of points.entries()) {
    if (left < share) return shares[index]?.gateway ?? null;
    left -= share;
  }
  return null;
}

/** One of those whose totals are equal; null: there is none. */
function drawn(equals: readonly string[], paymentId: string): string | null {
  if (equals.length < 2) return equals[0] ?? null;
  const tickets = equals.map((gateway) => drawnNumber(paymentId, gateway));
  return equals[tickets.indexOf(Math.max(...tickets))] ?? null;
}

/** 48 bits of SHA-256: the same for the same texts, evenly spread. */
function drawnNumber(...texts: readonly string[]): number {
  return Number.parseInt(hash('sha256', JSON.stringify(texts), 'hex').slice(0, 12), 16);
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
