import type { QueryResultRow } from 'pg';
import { GroupedQuestions } from '../../libs/platform/grouped-questions.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { queryReadModel, type ReadQuery } from './read-model.js';

export interface Grouping<Question> {
  /** Questions of one query: under load a round trip is paid once for them. */
  readonly perQueryMax: number;
  /** An array for each value of the query. */
  readonly columnsOf: (questions: readonly Question[]) => readonly (readonly unknown[])[];
}

/**
 * Questions that wait at the same time share a query, which takes an array for each value and tells in `nth` which of
 * them, from 1, a row answers. null: no row does. @throws ReadModelUnavailable, of `ask`
 */
export function groupedQuery<Question, Row extends QueryResultRow & { readonly nth: number }>(
  pool: Queryable,
  query: ReadQuery,
  { perQueryMax, columnsOf }: Grouping<Question>,
): GroupedQuestions<Question, Row | null> {
  return new GroupedQuestions(perQueryMax, async (questions: readonly Question[]) => {
    const answers: (Row | null)[] = questions.map(() => null);
    for (const row of await queryReadModel<Row>(pool, query, columnsOf(questions))) {
      answers[row.nth - 1] = row;
    }
    return answers;
  });
}
