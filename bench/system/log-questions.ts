import type pg from 'pg';

/** Events, bytes of their data and metadata, and the payments that began with them. */
export interface Stored {
  readonly payments: number;
  readonly events: number;
  readonly bytes: number;
}

/** What the log of a run is asked, beside those that are measured. */
export interface LogQuestions {
  countEvents(): Promise<number>;
  /** The last transaction in the log. */
  head(): Promise<string>;
  storedAfter(head: string): Promise<Stored>;
}

const COUNT = 'select count(*) from event_store.events';
const HEAD = 'select coalesce(max(transaction), 0) as head from event_store.events';
const STORED = `select count(*) filter (where type = 'PaymentInitiated') as payments, count(*) as events,
  coalesce(sum(octet_length(data) + octet_length(metadata)), 0) as bytes
  from event_store.events where transaction > $1`;

export function logQuestions(observer: pg.Client): LogQuestions {
  return {
    countEvents: async () => Number((await observer.query(COUNT)).rows[0]?.count),
    head: async () => String((await observer.query(HEAD)).rows[0]?.head),
    storedAfter: async (head) => {
      const { rows } = await observer.query<Record<keyof Stored, string>>(STORED, [head]);
      const [found] = rows;
      return {
        payments: Number(found?.payments),
        events: Number(found?.events),
        bytes: Number(found?.bytes),
      };
    },
  };
}

/** Does at once what Postgres would do about a bulk of new rows in the minutes to come. */
export async function tidyPostgres(observer: pg.Client): Promise<void> {
  await observer.query('vacuum (analyze)');
  await observer.query('checkpoint');
}
