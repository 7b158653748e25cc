import type { Position } from '../../../libs/event-store/event-store.js';
import type { AuditEntry, AuditFilter } from '../../../projections/audit-trail/query.js';
import type {
  Statement,
  StatementRequest,
} from '../../../projections/customer-statements/query.js';
import type {
  HistoryFilter,
  HistoryRow,
  PaymentFilter,
  PaymentList,
} from '../../../projections/payment-history/query.js';
import type {
  Freshness,
  ProjectionDelay,
  ProjectionStatus,
} from '../../../projections/runner/query.js';
import type { ReviewView } from '../../../projections/reviews/query.js';

export interface Page {
  readonly limit: number;
  readonly cursor: string | null;
}

export interface Listed<Row> {
  readonly data: readonly Row[];
  readonly nextCursor: string | null;
}

export type ReadModelName = 'payment-history' | 'audit-trail' | 'customer-statements' | 'reviews';

/**
 * The read models as the API asks them. Every method throws errors with `code` READ_MODEL_UNAVAILABLE (not built yet),
 * STORE_UNAVAILABLE (no connection, or no answer in time), INVALID_CURSOR, REPORT_TOO_LARGE.
 */
export abstract class ReadModels {
  abstract listPayments(filter: PaymentFilter, page: Page): Promise<PaymentList>;
  abstract listAudit(filter: AuditFilter, page: Page): Promise<Listed<AuditEntry>>;
  /** Of all merchants. */
  abstract listReviews(page: Page): Promise<Listed<ReviewView>>;
  abstract reportHistory(filter: HistoryFilter, page: Page): Promise<Listed<HistoryRow>>;
  abstract reportStatement(request: StatementRequest): Promise<Statement>;
  abstract listProjections(): Promise<readonly ProjectionStatus[]>;
  abstract listDelays(): Promise<readonly ProjectionDelay[]>;
  /** Waits a bounded time until the read model holds everything up to the position. */
  abstract waitFor(name: ReadModelName, position: Position): Promise<Freshness>;
}
