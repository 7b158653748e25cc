import type { Pool } from 'pg';
import type { EventStore, Position } from '../../../libs/event-store/event-store.js';
import { listAudit, type AuditFilter } from '../../../projections/audit-trail/query.js';
import {
  reportStatement,
  type StatementRequest,
} from '../../../projections/customer-statements/query.js';
import {
  listPayments,
  reportHistory,
  type HistoryFilter,
  type PaymentFilter,
} from '../../../projections/payment-history/query.js';
import { listProjections, waitForProjection } from '../../../projections/runner/query.js';
import { ReadModels, type Page, type ReadModelName } from './read-models.js';

/** The read models in Postgres. */
export class PostgresReadModels extends ReadModels {
  constructor(
    private readonly pool: Pool,
    private readonly store: EventStore,
  ) {
    super();
  }

  override listPayments(filter: PaymentFilter, page: Page) {
    return listPayments(this.pool, filter, page);
  }

  override listAudit(filter: AuditFilter, page: Page) {
    return listAudit(this.pool, filter, page);
  }

  override reportHistory(filter: HistoryFilter, page: Page) {
    return reportHistory(this.pool, filter, page);
  }

  override reportStatement(request: StatementRequest) {
    return reportStatement(this.pool, request);
  }

  override listProjections() {
    return listProjections({ pool: this.pool, store: this.store });
  }

  override waitFor(name: ReadModelName, position: Position) {
    return waitForProjection({ pool: this.pool, store: this.store }, name, { position });
  }
}
