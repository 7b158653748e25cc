/** A number for each signal that a choice among gateways weighs. Scores are 0 (worst) to 1, with four decimals. */
export interface RoutingScores {
  readonly [signal: string]: number;
}

/** What one score was computed from: minor units as digits, times in ms, null for what is not known. */
export type RoutingInput =
  string | number | null | { readonly [name: string]: string | number | null };

export interface RoutingCandidate {
  readonly gateway: string;
  readonly eligible: boolean;
  readonly reason: string;
  /** Null, as all that follows: not eligible, or decided before gateways were scored. */
  readonly scores: RoutingScores | null;
  readonly total: number | null;
  /** By signal. */
  readonly inputs: { readonly [signal: string]: RoutingInput } | null;
  /** The operator's factor on the total. */
  readonly weight: number | null;
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
