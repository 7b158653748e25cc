import type pg from 'pg';
import type { QueryConfig } from 'pg';

/** Of a plan as `explain` tells it. */
interface PlanNode {
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A pool that remembers what it was asked last, so that its plan can be looked at. */
export class AskedPool {
  #last: QueryConfig | undefined;

  constructor(private readonly pool: pg.Pool) {}

  query<Row extends pg.QueryResultRow>(query: string | QueryConfig, values?: readonly unknown[]) {
    this.#last = typeof query === 'string' ? { text: query, values: [...(values ?? [])] } : query;
    return this.pool.query<Row>(this.#last);
  }

  /** Rows that the query asked last read for nothing. */
  async rowsRemoved(): Promise<number> {
    const { rows } = await this.pool.query<{
      'QUERY PLAN': readonly [{ readonly Plan: PlanNode }];
    }>(`explain (analyze, format json) ${this.#last?.text}`, this.#last?.values);
    return rows.reduce((sum, row) => sum + filteredOut(row['QUERY PLAN'][0].Plan), 0);
  }
}

function filteredOut(node: PlanNode): number {
  const below = (node.Plans ?? []).map(filteredOut).reduce((sum, rows) => sum + rows, 0);
  return (node['Rows Removed by Filter'] ?? 0) + below;
}
