import type { RoutingInput } from '../../payments/routing-decision.js';
import type { Admission, RoutingSubject } from '../gateway-directory.js';
import type { GatewayStats } from '../gateway-vitals.js';
import type { GatewayProfile } from '../registry/gateway-profile.js';

/** What is known of a gateway at the moment of the choice. */
export interface CandidateFacts {
  readonly profile: GatewayProfile;
  readonly acceptsToken: boolean;
  readonly admission: Admission;
  readonly stats: GatewayStats;
}

/** One thing that a choice among eligible gateways weighs; registered in routing-signals.ts. */
export interface RoutingSignal {
  /** Under which its weight, scores and inputs stand; stored, so for ever. */
  readonly name: string;
  /** Counts so much until rules say otherwise. */
  readonly defaultWeight: number;
  /** What the score depends on. It is kept in the event, so that the choice can be computed again: short and rounded. */
  readonly read: (facts: CandidateFacts, subject: RoutingSubject) => RoutingInput;
  /** A score from 0 (worst) to 1 for each eligible gateway, in the same order; pure, of nothing but the inputs. */
  readonly score: (inputs: readonly RoutingInput[]) => readonly number[];
}

/**
 * A signal whose inputs have a shape of their own. The choice only hands a signal what its own `read` gave, or what of
 * it was stored under its name.
 */
export function routingSignal<Input extends RoutingInput>(
  signal: Omit<RoutingSignal, 'read' | 'score'> & {
    readonly read: (facts: CandidateFacts, subject: RoutingSubject) => Input;
    readonly score: (inputs: readonly Input[]) => readonly number[];
  },
): RoutingSignal {
  // reason: see above, the inputs are its own
  return { ...signal, score: (inputs) => signal.score(inputs as readonly Input[]) };
}
