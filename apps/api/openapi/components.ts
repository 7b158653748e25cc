import type { z } from 'zod';
import * as gateways from '../schemas/gateways.schema.js';
import * as keys from '../schemas/keys.schema.js';
import * as bodies from '../schemas/payment-bodies.schema.js';
import * as views from '../schemas/payment.schema.js';
import * as routing from '../schemas/routing.schema.js';

/** Schemas that have a name in the description. */
export const COMPONENTS = {
  CreatePayment: bodies.createPaymentSchema,
  PaymentMethod: bodies.paymentMethodSchema,
  ConfirmPayment: bodies.confirmPaymentSchema,
  CapturePayment: bodies.capturePaymentSchema,
  CancelPayment: bodies.cancelPaymentSchema,
  IncrementAuthorization: bodies.incrementAuthorizationSchema,
  RetryPayment: bodies.retryPaymentSchema,
  RefundPayment: bodies.refundPaymentSchema,
  Review: bodies.reviewSchema,
  ResolvePayment: bodies.resolvePaymentSchema,
  Payment: views.paymentSchema,
  DryRun: views.dryRunSchema,
  ChangeGateway: gateways.changeGatewaySchema,
  Gateway: gateways.gatewaySchema,
  GatewayWebhook: gateways.gatewayWebhookSchema,
  SetRoutingRules: routing.setRoutingRulesSchema,
  RollBackRoutingRules: routing.rollBackRoutingRulesSchema,
  RuleCondition: routing.ruleConditionSchema,
  RoutingRules: routing.ruleSetSchema,
  RoutingRulesVersion: routing.ruleSetVersionSchema,
  SimulateRouting: routing.simulateRoutingSchema,
  SimulatedRouting: routing.simulatedRoutingSchema,
  Event: views.eventSchema,
  PaymentLifecycle: views.lifecycleSchema,
  AuditEntry: views.auditEntrySchema,
  ReviewEntry: views.reviewEntrySchema,
  HistoryRow: views.historyRowSchema,
  Statement: views.statementSchema,
  Projections: views.projectionsSchema,
  Problem: views.problemSchema,
  CreateKey: keys.createKeySchema,
  RotateKey: keys.rotateKeySchema,
  Key: keys.keySchema,
  IssuedKey: keys.issuedKeySchema,
} as const satisfies Record<string, z.ZodType>;
