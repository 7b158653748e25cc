import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';

/** What a query needs of a pool or a client. */
export interface Queryable {
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
  query<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>>;
}

/** Named queries go to sessions that plan each once (PLANNED_ONCE), all others where each is planned for its values. */
export class PlannedByName implements Queryable {
  constructor(
    private readonly named: Queryable,
    private readonly others: Queryable,
  ) {}

  query<Row extends QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    if (typeof query === 'string') return this.others.query<Row>(query, values);
    const sessions = query.name === undefined ? this.others : this.named;
    return sessions.query<Row>(query);
  }
}
