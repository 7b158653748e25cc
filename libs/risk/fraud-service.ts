import type { RiskVerdict } from '../payments/payment.events.js';
import type { RuleStage } from './risk-rule.js';
import type { RiskSubject } from './risk-assessor.js';

/** What an external fraud service said of a payment, or why it said nothing. */
export type FraudWord =
  | ({ readonly outcome: 'verdict' } & RiskVerdict)
  /** It has not made up its mind: to be asked again later. */
  | { readonly outcome: 'pending' }
  /** No word in time, or none that can be understood. */
  | { readonly outcome: 'away'; readonly reason: string };

/** An external fraud service. */
export abstract class FraudService {
  /** Bounded in time by the adapter; throws nothing. Sees hashes only, no token and no personal data. */
  abstract ask(subject: RiskSubject, stage: RuleStage): Promise<FraudWord>;
}
