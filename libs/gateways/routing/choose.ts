import { hash } from 'node:crypto';
import type {
  RoutingDecision,
  RoutingInput,
  RoutingScores,
} from '../../payments/routing-decision.js';
import type { RoutingSignal } from './routing-signal.js';

/** Version of the computation, here and in the signals: raised with any change of its results, and kept in each decision. */
export const SCORING_VERSION = 1;

const BASIS_POINTS = 10_000;

export interface ChoiceInputs {
  /** The eligible gateways. */
  readonly candidates: readonly {
    readonly gateway: string;
    readonly inputs: { readonly [signal: string]: RoutingInput };
    readonly weight: number;
  }[];
  readonly signals: readonly RoutingSignal[];
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

function scoreAll({ candidates, signals, weights }: ChoiceInputs): readonly Scored[] {
  const columns = signals.map(({ name, score }) => ({
    name,
    scores: score(candidates.map(({ inputs }) => inputs[name] ?? null)).map(rounded),
  }));
  return candidates.map(({ gateway, weight }, row) => {
    const scores: Record<string, number> = {};
    for (const column of columns) scores[column.name] = column.scores[row] ?? 0;
    return { gateway, scores, total: totalOf(scores, weights, weight) };
  });
}

/** The weighed mean, times the operator's factor. */
function totalOf(scores: RoutingScores, weights: RoutingScores, factor: number): number {
  let sum = 0;
  let weighed = 0;
  for (const name of Object.keys(scores)) {
    const weight = weights[name] ?? 0;
    sum += weight;
    weighed += weight * (scores[name] ?? 0);
  }
  return sum === 0 ? 0 : rounded((factor * weighed) / sum);
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
