import { createHash } from 'node:crypto';

/** What attempts are counted by. */
export const VELOCITY_DIMENSIONS = ['customer', 'token', 'ip', 'merchant'] as const;
export type VelocityDimension = (typeof VELOCITY_DIMENSIONS)[number];

/** Counted over all merchants: how much there was is what others took, and no merchant's to know. */
export const SHARED_DIMENSIONS: ReadonlySet<VelocityDimension> = new Set(['token', 'ip']);

/** What of an attempt its keys come from. */
export interface VelocityParts {
  readonly merchantId: string;
  readonly customerId: string | null;
  readonly token: string;
  readonly customerIpHash: string | null;
}

/**
 * Under which key an attempt counts; null: it has none there. Counting and asking share it, or they would miss each
 * other. A change raises the schema version of the projection risk-velocity.
 */
export function velocityKey(dimension: VelocityDimension, parts: VelocityParts): string | null {
  switch (dimension) {
    case 'customer':
      // Merchants name their customers themselves: two may use the same name.
      return parts.customerId === null ? null : `${parts.merchantId}/${parts.customerId}`;
    case 'token':
      return tokenFingerprint(parts.token);
    case 'ip':
      return parts.customerIpHash;
    case 'merchant':
      return parts.merchantId;
  }
}

/** Lower-case hex SHA-256: a payment-method token stands nowhere but in its own payment's events. */
export function tokenFingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
