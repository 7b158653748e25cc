import type { Type } from '@nestjs/common';
import type { RouteSpec } from '../http/route-spec.js';
import { approvePayment, ApprovePaymentRoute } from './approve-payment.route.js';
import { cancelPayment, CancelPaymentRoute } from './cancel-payment.route.js';
import { capturePayment, CapturePaymentRoute } from './capture-payment.route.js';
import { confirmPayment, ConfirmPaymentRoute } from './confirm-payment.route.js';
import { createKey, CreateKeyRoute } from './create-key.route.js';
import { createPayment, CreatePaymentRoute } from './create-payment.route.js';
import { getKey, GetKeyRoute } from './get-key.route.js';
import { getPayment, GetPaymentRoute } from './get-payment.route.js';
import { getPaymentLifecycle, GetPaymentLifecycleRoute } from './get-payment-lifecycle.route.js';
import {
  incrementAuthorization,
  IncrementAuthorizationRoute,
} from './increment-authorization.route.js';
import { listAudit, ListAuditRoute } from './list-audit.route.js';
import { listEvents, ListEventsRoute } from './list-events.route.js';
import { listPaymentEvents, ListPaymentEventsRoute } from './list-payment-events.route.js';
import { listPayments, ListPaymentsRoute } from './list-payments.route.js';
import { listProjections, ListProjectionsRoute } from './list-projections.route.js';
import { listReviews, ListReviewsRoute } from './list-reviews.route.js';
import { refundPayment, RefundPaymentRoute } from './refund-payment.route.js';
import { rejectPayment, RejectPaymentRoute } from './reject-payment.route.js';
import { reportHistory, ReportHistoryRoute } from './report-history.route.js';
import { reportStatement, ReportStatementRoute } from './report-statement.route.js';
import { resolvePayment, ResolvePaymentRoute } from './resolve-payment.route.js';
import { retryPayment, RetryPaymentRoute } from './retry-payment.route.js';
import { revokeKey, RevokeKeyRoute } from './revoke-key.route.js';
import { rotateKey, RotateKeyRoute } from './rotate-key.route.js';
import { changeGateway, ChangeGatewayRoute } from './change-gateway.route.js';
import { getGateway, GetGatewayRoute } from './get-gateway.route.js';
import { getRoutingRules, GetRoutingRulesRoute } from './get-routing-rules.route.js';
import { listGateways, ListGatewaysRoute } from './list-gateways.route.js';
import {
  listRoutingRuleVersions,
  ListRoutingRuleVersionsRoute,
} from './list-routing-rule-versions.route.js';
import {
  receiveGatewayWebhook,
  ReceiveGatewayWebhookRoute,
} from './receive-gateway-webhook.route.js';
import {
  rollBackRoutingRules,
  RollBackRoutingRulesRoute,
} from './roll-back-routing-rules.route.js';
import { setRoutingRules, SetRoutingRulesRoute } from './set-routing-rules.route.js';
import { simulateRouting, SimulateRoutingRoute } from './simulate-routing.route.js';
import { tracePayment, TracePaymentRoute } from './trace-payment.route.js';

interface Route {
  readonly spec: RouteSpec;
  readonly controller: Type;
}

/** Every route that the documentation names, in the order of the documentation. */
export const ROUTES: readonly Route[] = [
  { spec: createPayment, controller: CreatePaymentRoute },
  { spec: confirmPayment, controller: ConfirmPaymentRoute },
  { spec: capturePayment, controller: CapturePaymentRoute },
  { spec: cancelPayment, controller: CancelPaymentRoute },
  { spec: incrementAuthorization, controller: IncrementAuthorizationRoute },
  { spec: retryPayment, controller: RetryPaymentRoute },
  { spec: refundPayment, controller: RefundPaymentRoute },
  { spec: approvePayment, controller: ApprovePaymentRoute },
  { spec: rejectPayment, controller: RejectPaymentRoute },
  { spec: resolvePayment, controller: ResolvePaymentRoute },
  { spec: getPayment, controller: GetPaymentRoute },
  { spec: listPayments, controller: ListPaymentsRoute },
  { spec: listPaymentEvents, controller: ListPaymentEventsRoute },
  { spec: tracePayment, controller: TracePaymentRoute },
  { spec: getPaymentLifecycle, controller: GetPaymentLifecycleRoute },
  { spec: listReviews, controller: ListReviewsRoute },
  { spec: listGateways, controller: ListGatewaysRoute },
  { spec: getGateway, controller: GetGatewayRoute },
  { spec: changeGateway, controller: ChangeGatewayRoute },
  { spec: receiveGatewayWebhook, controller: ReceiveGatewayWebhookRoute },
  { spec: getRoutingRules, controller: GetRoutingRulesRoute },
  { spec: setRoutingRules, controller: SetRoutingRulesRoute },
  { spec: listRoutingRuleVersions, controller: ListRoutingRuleVersionsRoute },
  { spec: rollBackRoutingRules, controller: RollBackRoutingRulesRoute },
  { spec: simulateRouting, controller: SimulateRoutingRoute },
  { spec: listEvents, controller: ListEventsRoute },
  { spec: listAudit, controller: ListAuditRoute },
  { spec: reportHistory, controller: ReportHistoryRoute },
  { spec: reportStatement, controller: ReportStatementRoute },
  { spec: listProjections, controller: ListProjectionsRoute },
  { spec: createKey, controller: CreateKeyRoute },
  { spec: getKey, controller: GetKeyRoute },
  { spec: revokeKey, controller: RevokeKeyRoute },
  { spec: rotateKey, controller: RotateKeyRoute },
];
