import type { RiskVerdict } from '../payments/payment.events.js';

/** What a verdict may depend on. Amount in minor units; hashes as they stand in the events. */
export interface RiskSubject {
  readonly paymentId: string;
  readonly merchantId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly paymentMethod: {
    readonly type: string;
    readonly token: string;
    readonly network: string | null;
    readonly country: string | null;
  };
  readonly customerId: string | null;
  readonly orderId: string | null;
  readonly metadata: { readonly [name: string]: string } | null;
  readonly customerIpHash: string | null;
  readonly customerEmailHash: string | null;
  /** ISO instant of the attempt. */
  readonly at: string;
}

/** `dry_run`: nobody outside is told of an attempt that is none. */
export type Asking = 'in_earnest' | 'dry_run';

/** Judges a payment before it is routed. The same recorded inputs give the same verdict. */
export abstract class RiskAssessor {
  /** Judges by what it has in memory: asking once more costs nobody anything. */
  get asksNobody(): boolean {
    return false;
  }

  /** Bounded in time, and never throws for something that is away: the configured answer stands for it. */
  abstract assess(subject: RiskSubject, how?: Asking): Promise<RiskVerdict>;
}
