import type { QueryResultRow } from 'pg';
import { errorCode } from '../../libs/platform/error-code.js';
import type { Queryable } from '../../libs/platform/queryable.js';

/** A text, or one that each connection plans once under its name: only where one plan is good for all values. */
export type ReadQuery = string | { readonly name: string; readonly text: string };

/** One page of a list, newest first. */
export interface ListPage<Row> {
  readonly data: readonly Row[];
  /** Takes the reader to the next page; null on the last one. */
  readonly nextCursor: string | null;
}

export interface PageRequest {
  /** Rows of the page. */
  readonly limit: number;
  readonly cursor: string | null;
}

/** The read model's tables are not there yet: no projector has run on this database. 503 for a client. */
export class ReadModelUnavailable extends Error {
  readonly code = 'READ_MODEL_UNAVAILABLE';
}

/** More rows than one report may hold; the client narrows its range. 422 for a client. */
export class ReportTooLarge extends Error {
  readonly code = 'REPORT_TOO_LARGE';
}

/** A missing table or column: the read model was not built yet, or only by an older release. */
const NOT_BUILT: ReadonlySet<unknown> = new Set(['42P01', '42703']);

/** @throws ReadModelUnavailable where the read model was never built, or not yet by this release */
export async function queryReadModel<Row extends QueryResultRow>(
  pool: Queryable,
  query: ReadQuery,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    if (typeof query === 'string') return (await pool.query<Row>(query, values)).rows;
    return (await pool.query<Row>({ ...query, values: [...values] })).rows;
  } catch (error) {
    if (NOT_BUILT.has(errorCode(error))) {
      throw new ReadModelUnavailable('the read model has not been built yet', { cause: error });
    }
    throw error;
  }
}
