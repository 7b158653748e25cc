import type {
  RoutingDecision,
  RoutingGround,
  RoutingInput,
  RoutingScores,
} from './routing-decision.js';

/** Shapes of stored attempts up to version 2, as their golden files have them. */
interface OldAttempt {
  readonly gateway: string;
  readonly routing: { readonly candidates: readonly OldCandidate[] };
}

interface OldCandidate {
  readonly gateway: string;
  readonly eligible: boolean;
  readonly reason: string;
}

/** Scores, total, inputs and weight are null of who was not eligible, and where nothing was scored. */
interface ScoredCandidate extends OldCandidate {
  readonly scores: RoutingScores | null;
  readonly total: number | null;
  readonly inputs: { readonly [signal: string]: RoutingInput } | null;
  readonly weight: number | null;
}

interface ScoredRouting extends Pick<RoutingDecision, 'rulesVersion' | 'rule'> {
  readonly gateway: string | null;
  readonly candidates: readonly ScoredCandidate[];
  readonly weights: RoutingScores | null;
  readonly scoring: number;
}

interface Data {
  readonly [name: string]: unknown;
}

/** Version 1 named the candidates only: the first eligible one in configured order was taken. */
export function withUnscoredRouting(data: Data): Data {
  const { gateway, routing: old } = data as unknown as OldAttempt; // reason: see OldAttempt
  const routing: ScoredRouting = {
    gateway,
    candidates: old.candidates.map((candidate) => ({
      ...candidate,
      scores: null,
      total: null,
      inputs: null,
      weight: null,
    })),
    weights: null,
    rulesVersion: 0,
    rule: null,
    scoring: 0,
  };
  return { ...data, routing };
}

/** Version 2 kept a row a candidate, with its scores, which follow from the inputs. */
export function withRoutingInColumns(data: Data): Data {
  const old = data['routing'] as ScoredRouting; // reason: the shape of version 2
  const { candidates, weights, rulesVersion, rule, scoring } = old;
  const eligible = candidates.filter((candidate) => candidate.eligible);
  const fallen = candidates.filter((candidate) => !candidate.eligible);
  const chosen = eligible.find(({ gateway }) => gateway === old.gateway);
  const signals = Object.keys(eligible[0]?.inputs ?? {});
  const routing: RoutingDecision = {
    by: chosen === undefined ? null : groundOf(chosen.reason),
    gateways: candidates.map(({ gateway }) => gateway),
    fallenOut: Object.fromEntries(fallen.map(({ gateway, reason }) => [gateway, reason])),
    rulesVersion,
    rule,
    scored: weights && {
      version: scoring,
      weights,
      inputs: Object.fromEntries(
        signals.map((name) => [name, eligible.map(({ inputs }) => inputs?.[name] ?? null)]),
      ),
      factors: eligible.map(({ weight }) => weight ?? 1),
      totals: eligible.map(({ total }) => total ?? 0),
    },
  };
  return { ...data, routing };
}

/** Version 2 said it in words for people. */
function groundOf(reason: string): RoutingGround {
  if (reason === 'has the best total') return 'score';
  if (reason === 'is the only one left') return 'only_one';
  if (reason === 'is drawn among equal totals') return 'draw_among_equals';
  if (reason.includes(' by rule ')) return 'rule';
  return reason.endsWith('may be tried once more') ? 'once_more' : 'configured_order';
}
