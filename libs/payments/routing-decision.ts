/** A number for each thing that a choice among gateways weighs. Scores are 0 (worst) to 1, with four decimals. */
export interface RoutingScores {
  readonly success: number;
  readonly latency: number;
  readonly cost: number;
  readonly health: number;
}

/** What the scores were computed from. */
export interface RoutingInputs {
  /** Attempts decided lately at this gateway in this currency and method, and how many of them were approved. */
  readonly samples: number;
  readonly successes: number;
  /** 95th percentile; null: nothing was measured. */
  readonly latencyMs: number | null;
  /** What the gateway takes for this payment, in minor units of its currency; null: not known. */
  readonly cost: string | null;
  /** 0 to 1. */
  readonly health: number;
  /** The operator's factor on the total. */
  readonly weight: number;
}

export interface RoutingCandidate {
  readonly gateway: string;
  readonly eligible: boolean;
  readonly reason: string;
  /** Null: not eligible, or decided before gateways were scored. */
  readonly scores: RoutingScores | null;
  readonly total: number | null;
  readonly inputs: RoutingInputs | null;
}

/** What a rule asks for. Percentages sum to 100. */
export type RoutingPreference =
  | { readonly prefer: readonly string[] }
  | { readonly only: readonly string[] }
  | { readonly avoid: readonly string[] }
  | { readonly split: readonly { readonly gateway: string; readonly percent: number }[] };

/** Why this gateway was chosen; with the payment's id the choice can be computed again. */
export interface RoutingDecision {
  /** Null: none was eligible. */
  readonly gateway: string | null;
  readonly candidates: readonly RoutingCandidate[];
  /** How much each score counts; null: nothing was scored. */
  readonly weights: RoutingScores | null;
  /** 0: no rules were ever set. */
  readonly rulesVersion: number;
  /** The first rule whose conditions held. */
  readonly rule: { readonly id: string; readonly then: RoutingPreference } | null;
  /** Version of the computation from inputs to choice; 0: the first eligible one in configured order. */
  readonly scoring: number;
}
