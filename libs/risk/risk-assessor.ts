import type { RiskVerdict } from '../payments/payment.events.js';

/** What a verdict depends on. Amounts in minor units. */
export interface RiskSubject {
  readonly merchantId: string;
  readonly amount: bigint;
  readonly currency: string;
}

/** Judges a payment before it is routed; synchronous, so that it adds no wait. */
export abstract class RiskAssessor {
  abstract assess(subject: RiskSubject): RiskVerdict;
}

/** Limits on the amount, in minor units of whatever currency; null: no limit. */
export interface AmountLimits {
  readonly reviewAbove: bigint | null;
  readonly rejectAbove: bigint | null;
}

/** Asks for a person above one amount and refuses above another. */
export class AmountLimitAssessor extends RiskAssessor {
  constructor(private readonly limits: AmountLimits) {
    super();
  }

  override assess({ amount }: RiskSubject): RiskVerdict {
    const { reviewAbove, rejectAbove } = this.limits;
    if (rejectAbove !== null && amount > rejectAbove) {
      return { verdict: 'reject', score: 100, reasons: ['amount_above_reject_limit'] };
    }
    if (reviewAbove !== null && amount > reviewAbove) {
      return { verdict: 'review', score: 60, reasons: ['amount_above_review_limit'] };
    }
    return { verdict: 'approve', score: 0, reasons: [] };
  }
}
