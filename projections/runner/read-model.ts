import type { QueryResult, QueryResultRow } from 'pg';

/** What a query needs of a pool or a client. */
export interface Queryable {
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
}

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

const UNDEFINED_TABLE = '42P01';

/** @throws ReadModelUnavailable where the read model was never built */
export async function queryReadModel<Row extends QueryResultRow>(
  pool: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return (await pool.query<Row>(text, values)).rows;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) {
      throw new ReadModelUnavailable('the read model has not been built yet', { cause: error });
    }
    throw error;
  }
}
