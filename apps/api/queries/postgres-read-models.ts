import {
  StoreUnavailable,
  type EventStore,
  type Position,
} from '../../../libs/event-store/event-store.js';
import { errorCode } from '../../../libs/platform/error-code.js';
import { isConnectionError } from '../../../libs/platform/postgres.js';
import { listAudit, type AuditFilter } from '../../../projections/audit-trail/query.js';
import {
  Statements,
  type StatementRequest,
} from '../../../projections/customer-statements/query.js';
import {
  PaymentLists,
  reportHistory,
  type HistoryFilter,
  type PaymentFilter,
  type PaymentList,
} from '../../../projections/payment-history/query.js';
import { listReviews } from '../../../projections/reviews/query.js';
import type { Queryable } from '../../../libs/platform/queryable.js';
import { listDelays, listProjections, ProjectionWaits } from '../../../projections/runner/query.js';
import { ReadModels, type Page, type ReadModelName } from './read-models.js';
import { SharedAnswers } from './shared-answers.js';

/** The read models in Postgres. */
export class PostgresReadModels extends ReadModels {
  readonly #shared = new SharedAnswers<PaymentList>();
  readonly #payments: PaymentLists;
  readonly #statements: Statements;
  readonly #waits: ProjectionWaits;

  constructor(
    private readonly pool: Queryable,
    private readonly store: EventStore,
  ) {
    super();
    this.#payments = new PaymentLists(pool);
    this.#statements = new Statements(pool);
    this.#waits = new ProjectionWaits({ pool, store });
  }

  override listPayments(filter: PaymentFilter, page: Page) {
    // The filter names its tenant: nobody shares with another one.
    const question = JSON.stringify([filter, page]);
    return reached(this.#shared.answer(question, () => this.#payments.list(filter, page)));
  }

  override listAudit(filter: AuditFilter, page: Page) {
    return reached(listAudit(this.pool, filter, page));
  }

  override listReviews(page: Page) {
    return reached(listReviews(this.pool, { ...page, merchantId: null }));
  }

  override reportHistory(filter: HistoryFilter, page: Page) {
    return reached(reportHistory(this.pool, filter, page));
  }

  override reportStatement(request: StatementRequest) {
    return reached(this.#statements.report(request));
  }

  override listProjections() {
    return reached(listProjections({ pool: this.pool, store: this.store }));
  }

  override listDelays() {
    return reached(listDelays({ pool: this.pool, store: this.store }));
  }

  override waitFor(name: ReadModelName, position: Position) {
    return reached(this.#waits.waitFor(name, { position }));
  }
}

const OWN_CODES = new Set([
  'READ_MODEL_UNAVAILABLE',
  'INVALID_CURSOR',
  'REPORT_TOO_LARGE',
  'STORE_UNAVAILABLE',
]);
/**
 * SQLSTATE classes of a server that can not answer now: it lets nobody in (28, 3D, 55), rolled back (40) or ended (57)
 * the statement, lacks memory, disk or connections (53), or its system fails (58).
 */
const NOT_NOW = /^(28|3D|40|53|55|57|58)/;

/** A database that can't be asked is unavailable; a statement that it refuses is a bug. */
async function reached<Result>(asking: Promise<Result>): Promise<Result> {
  try {
    return await asking;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (OWN_CODES.has(code) || !(NOT_NOW.test(code) || isConnectionError(error))) throw error;
    throw new StoreUnavailable('the read models can not be reached', { cause: error });
  }
}
