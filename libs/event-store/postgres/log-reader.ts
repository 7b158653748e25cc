import type pg from 'pg';
import { GroupedQuestions } from '../../platform/grouped-questions.js';
import {
  LOG_START,
  StoreUnavailable,
  type LogPage,
  type Position,
  type RecordedEvent,
} from '../event-store.js';
import { formatPosition, half, parsePosition } from '../position.js';
import { toEvent, type EventRow } from './event-row.js';

/** A filtered read looks at no more events than this before it answers with what it has. */
const SCAN_MAX = 10_000;
const STREAM_PAGE_MAX = 1_000;
/** Streams of one query. */
const READS_PER_QUERY_MAX = 32;
/** Events of each stream that a shared query gives; longer streams are read on alone. */
const SHARED_STREAM_MAX = 100;
/** Events that are counted by one query: it ends well before the time-out of a statement, however long the log is. */
export const COUNT_STEP = 1_000_000;
/** Most characters of data and metadata in a page of more than one event. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;

/**
 * Only what no transaction in progress can still come before: without this a reader that saw a later transaction
 * commit first would step over the events of an earlier one.
 */
export const HORIZON = `(pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  + (select transaction_offset from event_store.log))`;
const COLUMNS = 'transaction, place, stream, revision, id, type, version, data, metadata';

interface StreamRead {
  readonly stream: string;
  /** The first revision. */
  readonly from: number;
}

/** Reads of the log over a pool. Throws StoreUnavailable, and InvalidPosition for what is no position. */
export class LogReader {
  private readonly reads = new GroupedQuestions(
    READS_PER_QUERY_MAX,
    (reads: readonly StreamRead[]) => this.streams(reads),
  );

  constructor(private readonly pool: pg.Pool) {}

  async stream(stream: string, from: number): Promise<readonly RecordedEvent[]> {
    const first = await orUnavailable(this.reads.ask({ stream, from }));
    const events = toEvents(first);
    if (first.length < SHARED_STREAM_MAX) return events;
    for (;;) {
      const rows = await this.query<EventRow>('event-store-stream', STREAM, [
        stream,
        from + events.length,
      ]);
      events.push(...toEvents(rows));
      if (rows.length < STREAM_PAGE_MAX) return events;
    }
  }

  async page(after: Position, limit: number): Promise<LogPage> {
    // One more than asked for tells whether this is the end.
    const rows = await this.query<PageRow>('event-store-page', PAGE, [...keyOf(after), limit + 1]);
    const { events, whole } = cut(rows, limit);
    return { events, position: events.at(-1)?.position ?? after, atEnd: whole };
  }

  async filteredPage(
    after: Position,
    limit: number,
    prefixes: readonly string[],
  ): Promise<LogPage> {
    const parameters = [...keyOf(after), SCAN_MAX, prefixes, limit + 1];
    const found = await this.query<PageRow>('event-store-matching', MATCHING_PAGE, parameters);
    const near = cut(found, limit);
    if (!near.whole) {
      const position = near.events.at(-1)?.position ?? after;
      return { events: near.events, position, atEnd: false };
    }
    return this.scannedPage(after, limit, parameters);
  }

  /** Few match: how far the search came has to be known as well, from the same view of the log. */
  private async scannedPage(after: Position, limit: number, parameters: unknown[]) {
    const rows = await this.query<FilteredRow>('event-store-filtered', FILTERED_PAGE, parameters);
    const [first] = rows;
    if (first === undefined) return { events: [], position: after, atEnd: true };
    const [scanned, transaction, place] = first;
    // The row of the bounds is there without an event, too.
    const { events, whole } = cut(rows.map((row) => row.slice(3)).filter(isEventRow), limit);
    if (!whole) return { events, position: events.at(-1)?.position ?? after, atEnd: false };
    const position = formatPosition(BigInt(transaction), BigInt(place));
    return { events, position, atEnd: scanned < SCAN_MAX };
  }

  async head(): Promise<Position> {
    const [row] = await this.query<[string, number]>('event-store-head', HEAD, []);
    return row === undefined ? LOG_START : formatPosition(BigInt(row[0]), BigInt(row[1]));
  }

  async countAfter(after: Position, max: number): Promise<number> {
    let key: readonly [transaction: string, place: number] = keyOf(after);
    let count = 0;
    while (max - count > COUNT_STEP) {
      const [last] = await this.query<[string, number]>('event-store-step', STEP, [...key]);
      if (last === undefined) break;
      key = last;
      count += COUNT_STEP;
    }
    const rest = [...key, Math.min(max - count, COUNT_STEP)];
    const [row] = await this.query<[number]>('event-store-count', COUNT, rest);
    return count + (row?.[0] ?? 0);
  }

  private async streams(reads: readonly StreamRead[]): Promise<readonly SharedRow[][]> {
    // As the driver fails: a read that can't be made is then told from those that share its query.
    const rows = await this.rows<SharedRow>('event-store-streams', STREAMS, [
      reads.map(({ stream }) => stream),
      reads.map(({ from }) => from),
    ]);
    const found: SharedRow[][] = reads.map(() => []);
    for (const row of rows) found[row[9] - 1]?.push(row);
    return found;
  }

  private query<Row extends unknown[]>(name: string, text: string, values: unknown[]) {
    return orUnavailable(this.rows<Row>(name, text, values));
  }

  private async rows<Row extends unknown[]>(name: string, text: string, values: unknown[]) {
    return (await this.pool.query<Row>({ name, text, values, rowMode: 'array' })).rows;
  }
}

async function orUnavailable<Result>(asking: Promise<Result>): Promise<Result> {
  try {
    return await asking;
  } catch (cause) {
    throw new StoreUnavailable('Postgres does not answer a read', { cause });
  }
}

const STREAM = `select ${COLUMNS} from event_store.events
  where stream = $1 and revision >= $2 order by revision limit ${STREAM_PAGE_MAX}`;

const STREAMS = `select e.*, w.nth::integer
  from unnest($1::text[], $2::integer[]) with ordinality as w(stream, first, nth)
  cross join lateral (
    select ${COLUMNS} from event_store.events v
    where v.stream = w.stream and v.revision >= w.first order by v.revision limit ${SHARED_STREAM_MAX}) e
  order by w.nth, e.revision`;

/** The first events of a page up to its size, each with the number that the page would have had (last column). */
function sized(page: string): string {
  return `select ${COLUMNS}, events from (
    select *, count(*) over ()::integer as events, sum(octet_length(data) + octet_length(metadata)) over (
      order by transaction, place rows between unbounded preceding and 1 preceding) as before
    from (${page}) as page
  ) as measured where before is null or before < ${PAGE_CHARS_MAX}`;
}

const PAGE = `${sized(`select ${COLUMNS} from event_store.events
  where (transaction, place) > ($1, $2) and transaction < ${HORIZON}
  order by transaction, place limit $3`)}
  order by transaction, place`;

/** In one pass, which ends with the page: most events match, as a rule. */
const MATCHING_PAGE = `${sized(`select ${COLUMNS} from (
    select * from event_store.events
    where (transaction, place) > ($1, $2) and transaction < ${HORIZON}
    order by transaction, place limit $3
  ) as scanned
  where exists (select from unnest($4::text[]) as p(prefix) where starts_with(stream, p.prefix))
  order by transaction, place limit $5`)}
  order by transaction, place`;

const FILTERED_PAGE = `
  with scanned as materialized (
    select transaction, place from event_store.events
    where (transaction, place) > ($1, $2) and transaction < ${HORIZON}
    order by transaction, place limit $3
  ), bounds as materialized (
    select (select count(*)::integer from scanned) as scanned, transaction, place
    from scanned order by transaction desc, place desc limit 1
  )
  select b.scanned, b.transaction, b.place, e.* from bounds b left join lateral (${sized(`
    select ${COLUMNS} from event_store.events
    where (transaction, place) > ($1, $2) and (transaction, place) <= (b.transaction, b.place)
      and exists (select from unnest($4::text[]) as p(prefix) where starts_with(stream, p.prefix))
    order by transaction, place limit $5`)}) e on true
  order by e.transaction, e.place`;

const HEAD = `select transaction, place from event_store.events where transaction < ${HORIZON}
  order by transaction desc, place desc limit 1`;

/** The last event of a step, where so many are there. */
const STEP = `select transaction, place from event_store.events
  where (transaction, place) > ($1, $2) and transaction < ${HORIZON}
  order by transaction, place offset ${COUNT_STEP - 1} limit 1`;

const COUNT = `select count(*)::integer from (
  select from event_store.events
  where (transaction, place) > ($1, $2) and transaction < ${HORIZON} limit $3) as counted`;

type SharedRow = [...EventRow, nth: number];
type PageRow = [...EventRow, events: number];
type FilteredRow = [number, string, number, ...unknown[]];

function isEventRow(row: unknown[]): row is PageRow {
  return row[0] !== null;
}

function cut(rows: readonly PageRow[], limit: number) {
  const [, , , , , , , , , found = 0] = rows[0] ?? [];
  return { events: toEvents(rows.slice(0, limit)), whole: found === rows.length && found <= limit };
}

function toEvents(rows: readonly (EventRow | PageRow | SharedRow)[]): RecordedEvent[] {
  // Many events in a row are of one transaction.
  let [of, high] = ['', ''];
  return rows.map((row) => {
    const [transaction, place] = row;
    if (transaction !== of) [of, high] = [transaction, half(BigInt(transaction))];
    return toEvent(row, high + half(place));
  });
}

const BIGINT_MAX = 2n ** 63n - 1n;

/** As parameters: the numbers of a foreign log may be larger than a bigint of Postgres. */
function keyOf(position: Position): [string, number] {
  const { high, low } = parsePosition(position);
  if (high > BIGINT_MAX) return [String(BIGINT_MAX), 0];
  return [String(high), low > 0x7fffffffn ? 0x7fffffff : Number(low)];
}
