import type { Role } from '../../libs/access/role.js';

const STAFF = ['operator', 'admin'] as const;
const EVERYONE = ['merchant', 'analyst', 'auditor', 'operator', 'admin'] as const;
const MERCHANT_AND_STAFF = ['merchant', 'operator', 'admin'] as const;

/**
 * Who may what: every operation of the API by its id. A merchant sees only its own data, whatever stands here.
 * Staff may run every payment command but create: a payment belongs to the merchant that makes it.
 */
export const WHO_MAY = {
  createPayment: ['merchant'],
  confirmPayment: MERCHANT_AND_STAFF,
  capturePayment: MERCHANT_AND_STAFF,
  cancelPayment: MERCHANT_AND_STAFF,
  incrementAuthorization: MERCHANT_AND_STAFF,
  retryPayment: MERCHANT_AND_STAFF,
  refundPayment: MERCHANT_AND_STAFF,
  approvePayment: STAFF,
  rejectPayment: STAFF,
  resolvePayment: STAFF,
  getPayment: EVERYONE,
  listPayments: EVERYONE,
  listPaymentEvents: ['merchant', 'auditor', 'operator', 'admin'],
  tracePayment: ['auditor', 'operator', 'admin'],
  getPaymentLifecycle: EVERYONE,
  listEvents: ['auditor', 'operator', 'admin'],
  listAudit: ['merchant', 'auditor', 'operator', 'admin'],
  reportHistory: EVERYONE,
  reportStatement: EVERYONE,
  listProjections: ['analyst', 'auditor', 'operator', 'admin'],
  listReviews: STAFF,
  listGateways: ['analyst', 'auditor', 'operator', 'admin'],
  getGateway: ['analyst', 'auditor', 'operator', 'admin'],
  changeGateway: STAFF,
  // No key at all: a gateway proves by its signature that it is the sender.
  receiveGatewayWebhook: [],
  getRoutingRules: STAFF,
  setRoutingRules: STAFF,
  listRoutingRuleVersions: STAFF,
  rollBackRoutingRules: STAFF,
  simulateRouting: STAFF,
  createKey: ['admin'],
  getKey: ['admin'],
  revokeKey: ['admin'],
  rotateKey: ['admin'],
} as const satisfies Record<string, readonly Role[]>;

export type OperationId = keyof typeof WHO_MAY;

export function mayCall(role: Role, operation: OperationId): boolean {
  const roles: readonly Role[] = WHO_MAY[operation];
  return roles.includes(role);
}
