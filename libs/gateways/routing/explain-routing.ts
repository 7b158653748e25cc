import type {
  RoutingDecision,
  RoutingGround,
  RoutingInput,
  RoutingScores,
} from '../../payments/routing-decision.js';
import { eligibleIn, recompute } from './route.js';
import type { RoutingSignal } from './routing-signal.js';

/** A choice in words and figures, a candidate each. */
export interface RoutingExplanation {
  /** Null: none was eligible. */
  readonly gateway: string | null;
  readonly candidates: readonly ExplainedCandidate[];
  /** Null: nothing was scored. */
  readonly weights: RoutingScores | null;
  readonly rulesVersion: number;
  readonly rule: RoutingDecision['rule'];
}

export interface ExplainedCandidate {
  readonly gateway: string;
  readonly eligible: boolean;
  readonly reason: string;
  /** By signal. Null: not eligible, not scored, or by a computation that this release does not have. */
  readonly scores: RoutingScores | null;
  /** Null, as inputs and weight: not eligible, or not scored. */
  readonly total: number | null;
  /** By signal. */
  readonly inputs: { readonly [signal: string]: RoutingInput } | null;
  /** The operator's factor on the total. */
  readonly weight: number | null;
}

/** What a decision says of each candidate, with the scores that it was made by. Pure. */
export function explainRouting(
  decision: RoutingDecision,
  chosen: { readonly paymentId: string; readonly gateway: string | null },
  known?: readonly RoutingSignal[],
): RoutingExplanation {
  const { gateways, fallenOut, rulesVersion, rule, scored } = decision;
  const choice = recompute(decision, chosen.paymentId, known);
  const eligible = eligibleIn(decision);
  return {
    gateway: chosen.gateway,
    candidates: gateways.map((gateway): ExplainedCandidate => {
      const place = eligible.indexOf(gateway);
      const figures =
        scored === null || place < 0
          ? { total: null, inputs: null, weight: null }
          : {
              total: scored.totals[place] ?? 0,
              inputs: rowOf(scored.inputs, place),
              weight: scored.factors[place] ?? 1,
            };
      return {
        gateway,
        eligible: place >= 0,
        reason:
          place < 0 ? (fallenOut[gateway] ?? '') : standing(decision, gateway === chosen.gateway),
        scores: choice === null || place < 0 ? null : rowOf(choice.scores, place),
        ...figures,
      };
    }),
    weights: scored?.weights ?? null,
    rulesVersion,
    rule,
  };
}

function rowOf<Value>(
  columns: { readonly [signal: string]: readonly Value[] },
  place: number,
): { readonly [signal: string]: Value } {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, column]) => {
      const value = column[place];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function standing({ by, rule, scored }: RoutingDecision, isChosen: boolean): string {
  // Who took the first one in order had no more to say of the others.
  if (scored === null)
    return by === 'once_more' ? `the same gateway ${TEXTS[by]}` : TEXTS.configured_order;
  if (!isChosen || by === null) return 'is eligible';
  return by === 'rule' ? `${TEXTS.rule} ${rule?.id ?? ''}` : TEXTS[by];
}

const TEXTS = {
  only_one: 'is the only one left',
  once_more: 'may be tried once more',
  rule: 'is chosen by rule',
  score: 'has the best total',
  draw_among_equals: 'is drawn among equal totals',
  configured_order: 'configured',
} as const satisfies Record<RoutingGround, string>;
