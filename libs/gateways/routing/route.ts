import { formatAmount } from '../../money/currency.js';
import type {
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

export interface Routed {
  /** Null: none was eligible. */
  readonly gateway: string | null;
  readonly decision: RoutingDecision;
}

/** Who is eligible and why not, by which rule and score the choice is made. Pure. */
export function route(routing: RouteInputs): Routed {
  const { request, candidates, signals, weights, rulesVersion, rule } = routing;
  const fallenOut = exclusions(routing);
  const eligible = candidates.filter(({ profile }) => !fallenOut.has(profile.name));
  const gateways = eligible.map(({ profile }) => profile.name);
  const factors = eligible.map(({ profile }) => profile.weight);
  const inputs = inputsOf(eligible, signals, request.subject);
  const { paymentId } = request.subject;
  const choice = choose({ gateways, inputs, factors, signals, weights, rule, paymentId });
  const { gateway, totals } = choice;
  const onceMore = gateway !== null && gateway === request.gateway;
  return {
    gateway,
    decision: {
      by: onceMore ? 'once_more' : choice.by,
      gateways: candidates.map(({ profile }) => profile.name),
      fallenOut: Object.fromEntries(fallenOut),
      rulesVersion,
      rule,
      scored: { version: SCORING_VERSION, weights, inputs, factors, totals },
    },
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
  const { scored, rule } = decision;
  if (scored === null || scored.version !== SCORING_VERSION) return null;
  const { inputs, factors, weights } = scored;
  // A signal that came later was not weighed then.
  const weighed = Object.keys(inputs);
  const signals = known.filter(({ name }) => weighed.includes(name));
  if (signals.length < weighed.length) return null;
  const gateways = eligibleIn(decision);
  return choose({ gateways, inputs, factors, signals, weights, rule, paymentId });
}

/** Those that did not fall out, in configured order. */
export function eligibleIn({ gateways, fallenOut }: RoutingDecision): readonly string[] {
  return gateways.filter((gateway) => !Object.hasOwn(fallenOut, gateway));
}

function inputsOf(
  eligible: readonly CandidateFacts[],
  signals: readonly RoutingSignal[],
  subject: RoutingSubject,
): Record<string, readonly RoutingInput[]> {
  // A loop: this runs for every attempt, and objects made from lists of pairs cost it half of its time.
  const inputs: Record<string, readonly RoutingInput[]> = {};
  for (const { name, read } of signals) {
    inputs[name] = eligible.map((facts) => read(facts, subject));
  }
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
