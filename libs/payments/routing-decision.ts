/** A number for each signal that a choice among gateways weighs. Scores are 0 (worst) to 1, with four decimals. */
export interface RoutingScores {
  readonly [signal: string]: number;
}

/** What one score was computed from: minor units as digits, times in ms, null for what is not known. */
export type RoutingInput =
  string | number | null | { readonly [name: string]: string | number | null };

/** What a rule asks for. Percentages sum to 100. */
export type RoutingPreference =
  | { readonly prefer: readonly string[] }
  | { readonly only: readonly string[] }
  | { readonly avoid: readonly string[] }
  | { readonly split: readonly { readonly gateway: string; readonly percent: number }[] };

/** What singled the gateway out among the eligible ones. */
export type RoutingGround =
  'only_one' | 'once_more' | 'rule' | 'score' | 'draw_among_equals' | 'configured_order';

/**
 * Why the attempt's gateway was chosen. Scores are not kept, nor what else follows from the inputs: with the payment's
 * id the whole choice can be computed again.
 */
export interface RoutingDecision {
  /** Null: none was eligible. */
  readonly by: RoutingGround | null;
  /** All that were looked at, in configured order. */
  readonly gateways: readonly string[];
  /** Why those that were not eligible fell out. */
  readonly fallenOut: { readonly [gateway: string]: string };
  /** 0: no rules were ever set. */
  readonly rulesVersion: number;
  /** The first rule whose conditions held. */
  readonly rule: { readonly id: string; readonly then: RoutingPreference } | null;
  /** Null: the first eligible one was taken. */
  readonly scored: RoutingScoring | null;
}

/** What the eligible gateways were scored from; lists hold one entry for each of them, in configured order. */
export interface RoutingScoring {
  /** Of the computation from inputs to choice. */
  readonly version: number;
  /** How much each score counts. */
  readonly weights: RoutingScores;
  /** By signal. */
  readonly inputs: { readonly [signal: string]: readonly RoutingInput[] };
  /** The operator's factors on the totals. */
  readonly factors: readonly number[];
  readonly totals: readonly number[];
}
