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
import { refundPayment, RefundPaymentRoute } from './refund-payment.route.js';
import { rejectPayment, RejectPaymentRoute } from './reject-payment.route.js';
import { reportHistory, ReportHistoryRoute } from './report-history.route.js';
import { reportStatement, ReportStatementRoute } from './report-statement.route.js';
import { resolvePayment, ResolvePaymentRoute } from './resolve-payment.route.js';
import { retryPayment, RetryPaymentRoute } from './retry-payment.route.js';
import { revokeKey, RevokeKeyRoute } from './revoke-key.route.js';
import { rotateKey, RotateKeyRoute } from './rotate-key.route.js';

interface Route {
  readonly spec: RouteSpec;
  readonly controller: Type;
}

/** Every route behind a key, in the order of the documentation. */
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
  { spec: getPaymentLifecycle, controller: GetPaymentLifecycleRoute },
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
