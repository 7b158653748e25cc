import pg from 'pg';
import { openPool } from '../../libs/platform/postgres.js';
import {
  minuteOf,
  NO_ATTEMPTS,
  VelocityCounter,
  windowStart,
  type VelocityCount,
  type VelocityQuestion,
} from '../../libs/risk/velocity-counter.js';

/** Attempts as the projection has counted them: one prepared statement, however many are asked for. */
export class ProjectedVelocity extends VelocityCounter {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  override async count(
    questions: readonly VelocityQuestion[],
    at: string,
  ): Promise<readonly VelocityCount[]> {
    const { rows } = await this.pool.query<StoredCount>({
      name: 'risk-velocity',
      text: SELECT,
      values: [
        questions.map(({ dimension }) => dimension),
        questions.map(({ key }) => key),
        questions.map(({ windowS }) => windowStart(at, windowS)),
        questions.map(({ currency }) => currency),
        minuteOf(at),
      ],
    });
    const counts = new Map(rows.map((row) => [Number(row.number), row]));
    return questions.map((_, index) => {
      const row = counts.get(index + 1);
      if (row === undefined) return NO_ATTEMPTS;
      return { attempts: Number(row.attempts), sum: BigInt(row.amount) };
    });
  }
}

/** Connections are opened by the first question only. */
const CONNECTIONS_MAX = 8;
/** Nobody waits for counts so long; what runs longer only holds a connection. */
const STATEMENT_TIMEOUT_MS = 1_000;

/** A counter with a pool of its own: payments don't wait behind reports. */
export function openProjectedVelocity(
  databaseUrl: string,
  onIdleError: (error: Error) => void,
): { readonly counter: VelocityCounter; readonly close: () => Promise<void> } {
  const applicationName = 'tillstream risk';
  const pool = openPool({
    databaseUrl,
    applicationName,
    max: CONNECTIONS_MAX,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onIdleError,
  });
  return { counter: new ProjectedVelocity(pool), close: () => pool.end() };
}

interface StoredCount {
  readonly number: string;
  readonly attempts: string;
  readonly amount: string;
}

const SELECT = `
  select asked.number, sum(v.attempts) as attempts,
         coalesce(sum(v.amount) filter (where v.currency = asked.currency), 0) as amount
    from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[])
           with ordinality as asked(dimension, key, since, currency, number)
    join risk_velocity v
      on v.dimension = asked.dimension and v.key = asked.key
     and v.minute between asked.since and $5::timestamptz
   group by asked.number`;
