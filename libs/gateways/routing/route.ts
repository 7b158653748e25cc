import { formatAmount } from '../../money/currency.js';
import type {
  RoutingCandidate,
  RoutingDecision,
  RoutingInput,
  RoutingScores,
} from '../../payments/routing-decision.js';
import type { RoutingRequest, RoutingSubject } from '../gateway-directory.js';
import { choose, SCORING_VERSION, type Choice } from './choose.js';
import type { CandidateFacts, RoutingSignal } from './routing-signal.js';
import { ROUTING_SIGNALS } from './routing-signals.js';

export interface RouteInputs {
  readonly request: RoutingRequest;
  /** In configured order. */
  readonly candidates: readonly CandidateFacts[];
  readonly signals: readonly RoutingSignal[];
  readonly weights: RoutingScores;
  readonly rulesVersion: number;
  /** The rule that holds for this payment. */
  readonly rule: RoutingDecision['rule'];
}

/** Who is eligible and why not, by which rule and score the choice is made. Pure. */
export function route(inputs: RouteInputs): RoutingDecision {
  const { request, candidates, signals, weights, rulesVersion, rule } = inputs;
  const { subject } = request;
  const fallenOut = exclusions(inputs);
  const eligible = candidates
    .filter(({ profile }) => !fallenOut.has(profile.name))
    .map((facts) => ({
      gateway: facts.profile.name,
      inputs: inputsOf(facts, signals, subject),
      weight: facts.profile.weight,
    }));
  const { paymentId } = subject;
  const choice = choose({ candidates: eligible, signals, weights, rule, paymentId });
  return {
    gateway: choice.gateway,
    candidates: candidates.map(({ profile }) => {
      const reason = fallenOut.get(profile.name);
      if (reason !== undefined) return fallen(profile.name, reason);
      const scored = choice.scored.find(({ gateway }) => gateway === profile.name);
      return {
        gateway: profile.name,
        eligible: true,
        reason: standing(profile.name, choice, inputs),
        scores: scored?.scores ?? null,
        total: scored?.total ?? null,
        inputs: eligible.find(({ gateway }) => gateway === profile.name)?.inputs ?? null,
        weight: profile.weight,
      };
    }),
    weights,
    rulesVersion,
    rule,
    scoring: SCORING_VERSION,
  };
}

/**
 * The choice again, from what a decision kept; an auditor compares it with the gateway that the event names.
 * Null: decided by a computation that this release does not have.
 */
export function recompute(
  decision: RoutingDecision,
  paymentId: string,
  known: readonly RoutingSignal[] = ROUTING_SIGNALS,
): Choice | null {
  const { weights, rule, scoring } = decision;
  if (weights === null || scoring !== SCORING_VERSION) return null;
  const candidates = decision.candidates.flatMap(({ gateway, inputs, weight }) =>
    inputs === null || weight === null ? [] : [{ gateway, inputs, weight }],
  );
  // A signal that came later was not weighed then.
  const weighed = Object.keys(candidates[0]?.inputs ?? {});
  const signals = known.filter(({ name }) => weighed.includes(name));
  if (signals.length < weighed.length) return null;
  return choose({ candidates, signals, weights, rule, paymentId });
}

// Loops, here and in the choice: this runs for every attempt, and objects made from lists of pairs cost it half of its time.
function inputsOf(
  facts: CandidateFacts,
  signals: readonly RoutingSignal[],
  subject: RoutingSubject,
): Record<string, RoutingInput> {
  const inputs: Record<string, RoutingInput> = {};
  for (const { name, read } of signals) inputs[name] = read(facts, subject);
  return inputs;
}

/** Why each gateway that falls out does. */
function exclusions({ request, candidates, rule }: RouteInputs): ReadonlyMap<string, string> {
  const { subject, gateway: again, tried } = request;
  const unfit = new Map<string, string>();
  for (const facts of candidates) {
    const reason = misfit(facts, subject);
    if (reason !== null) unfit.set(facts.profile.name, reason);
  }
  // The same gateway once more, unless it takes nothing any more: then another one, as if it had been enough.
  const same = again !== null && candidates.some(({ profile }) => profile.name === again);
  const onlyAgain = same && !unfit.has(again);
  for (const { profile } of candidates) {
    const { name } = profile;
    if (unfit.has(name) || (onlyAgain && name === again)) continue;
    if (onlyAgain) unfit.set(name, `${again} is tried once more`);
    else if (tried.includes(name)) unfit.set(name, 'was tried already');
    else if (rule !== null && 'only' in rule.then && !rule.then.only.includes(name)) {
      unfit.set(name, `is left out by rule ${rule.id}`);
    }
  }
  return unfit;
}

/** Why a gateway can't take the payment at all; null: it can. */
function misfit(facts: CandidateFacts, subject: RoutingSubject): string | null {
  const { profile, acceptsToken, admission } = facts;
  const { amount, currency, paymentMethod } = subject;
  const { type, country } = paymentMethod;
  if (!profile.enabled) return 'is disabled';
  if (profile.currencies !== null && !profile.currencies.includes(currency)) {
    return `does not take ${currency}`;
  }
  if (profile.methods !== null && !profile.methods.includes(type)) return `does not take ${type}`;
  // A payment that names no country is not kept from a gateway that might take it.
  if (profile.countries !== null && country !== null && !profile.countries.includes(country)) {
    return `does not take payments from ${country}`;
  }
  const limit = profile.limits.find((entry) => entry.currency === currency);
  if (limit !== undefined && limit.min !== null && amount < BigInt(limit.min)) {
    return `takes no less than ${formatAmount(BigInt(limit.min), currency)} ${currency}`;
  }
  if (limit !== undefined && limit.max !== null && amount > BigInt(limit.max)) {
    return `takes no more than ${formatAmount(BigInt(limit.max), currency)} ${currency}`;
  }
  if (!acceptsToken) return 'can not use this token';
  return admission.admitted ? null : admission.reason;
}

function fallen(gateway: string, reason: string): RoutingCandidate {
  return {
    gateway,
    eligible: false,
    reason,
    scores: null,
    total: null,
    inputs: null,
    weight: null,
  };
}

function standing(name: string, choice: Choice, { request, rule }: RouteInputs): string {
  if (name !== choice.gateway) return 'is eligible';
  if (name === request.gateway) return 'may be tried once more';
  switch (choice.how) {
    case 'only_one':
      return 'is the only one left';
    case 'rule':
      return `is chosen by rule ${rule?.id ?? ''}`;
    case 'score':
      return 'has the best total';
    case 'draw_among_equals':
      return 'is drawn among equal totals';
  }
}
