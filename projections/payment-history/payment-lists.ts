import type { PaymentView } from '../../libs/payments/payment.view.js';
import type { GroupedQuestions } from '../../libs/platform/grouped-questions.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { encodeCursor } from '../runner/cursor.js';
import { groupedQuery } from '../runner/grouped-query.js';
import { queryReadModel, type PageRequest } from '../runner/read-model.js';
import {
  conditionsOf,
  LIMITS_PLANNED,
  type Conditions,
  type PaymentFilter,
} from './payment-filter.js';

/** Lists of one query: under load a round trip is paid once for them. */
const LISTS_PER_QUERY_MAX = 16;
/**
 * Bytes of views behind which a page ends early. A hundred payments as most are take a third of it; with all the metadata
 * that one may have they would take twenty times as much, and the pages of one busy merchant all of an API's memory.
 */
export const PAGE_BYTES_MAX = 256 * 1024;

export interface PaymentList {
  /** The items of a JSON array, each a PaymentView as it was stored: an answer is put together without reading them. */
  readonly items: string;
  /** Takes the reader to the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** Payments as of the read model, newest first. */
export class PaymentLists {
  /** By page size and condition. */
  readonly #groups = new Map<string, Group>();

  constructor(private readonly pool: Queryable) {}

  /** @throws InvalidCursor, ReadModelUnavailable */
  async list(filter: PaymentFilter, page: PageRequest): Promise<PaymentList> {
    const conditions = conditionsOf(filter, page.cursor);
    const planned = conditions.inOrder && LIMITS_PLANNED.has(page.limit);
    const found = planned
      ? await this.#foundWithOthers(conditions, page.limit)
      : await this.#foundAlone(conditions, listQuery(conditions, page.limit));
    if (found.views !== null || found.payments === 0) return listOf(found, page.limit);
    const text = boundedQuery(conditions, page.limit);
    return listOf(await this.#foundAlone(conditions, text), page.limit);
  }

  async #foundAlone({ values }: Conditions, text: string): Promise<Found> {
    const rows = await queryReadModel<Found>(this.pool, text, values);
    return rows[0] ?? NOTHING;
  }

  async #foundWithOthers(conditions: Conditions, limit: number): Promise<Found> {
    // What is grouped differs in its values: a list of all payments has to have one, too.
    const valued =
      conditions.values.length > 0
        ? conditions
        : conditionsOf({ tenant: null, createdTo: END_OF_TIME }, null);
    return (await this.#groupOf(valued, limit).ask(valued.values)) ?? NOTHING;
  }

  /** Lists that differ in nothing but their values share a query; what they ask tells the types of those, too. */
  #groupOf(conditions: Conditions, limit: number): Group {
    const asked = `${limit} ${conditions.where}`;
    const known = this.#groups.get(asked);
    if (known !== undefined) return known;
    const query = {
      name: `list-payments-${this.#groups.size}`,
      text: listsQuery(conditions, limit),
    };
    const group: Group = groupedQuery(this.pool, query, {
      perQueryMax: LISTS_PER_QUERY_MAX,
      columnsOf: (questions) =>
        conditions.values.map((_, index) => questions.map((values) => values[index])),
    });
    this.#groups.set(asked, group);
    return group;
  }
}

/** The values of a list's conditions. */
type Group = GroupedQuestions<readonly unknown[], FoundNth | null>;

interface Found {
  /** That there are; one more than asked for where there is a next page. */
  readonly payments: number;
  /** Those of them whose views are there, from the first one on; not told where all are, or none. */
  readonly shown?: number;
  /** null: there is none, or together they are larger than a page. */
  readonly views: string | null;
}

interface FoundNth extends Found {
  /** Which of the group's lists it is, from 1. */
  readonly nth: number;
}

const NOTHING: Found = { payments: 0, views: null };
/** As Postgres says it. */
const END_OF_TIME = 'infinity';
const EMPTY: PaymentList = { items: '', nextCursor: null };
/** Between two items of the array. The text of a view has no line feed of its own: JSON escapes it. */
const SEPARATOR = ',\n';

/**
 * All views as one text: rows cost the driver more than what is made of them. One payment more than asked for shows
 * whether there is a next page.
 */
function listQuery({ where }: Pick<Conditions, 'where'>, limit: number): string {
  return `select count(*)::integer as payments,
      case when sum(octet_length(view)) <= ${PAGE_BYTES_MAX} then ${VIEWS} end as views
    from (${pageQuery(where, limit)}) page`;
}

/** The same where that is larger than a page: views up to the one that goes beyond. */
function boundedQuery({ where }: Pick<Conditions, 'where'>, limit: number): string {
  return `select count(*)::integer as payments, (count(*) filter (where fits))::integer as shown,
      ${VIEWS} filter (where fits) as views
    from (select created_at, id, view, ${PAGE_BYTES_MAX} > sum(octet_length(view)) over (
          order by created_at desc, id desc rows unbounded preceding) - octet_length(view) as fits
      from (${pageQuery(where, limit)}) found) page`;
}

const VIEWS = `string_agg(view, E',\\n' order by created_at desc, id desc)`;

function pageQuery(where: string, limit: number): string {
  return `select created_at, id, view from payment_history ${where}
    order by created_at desc, id desc limit ${limit + 1}`;
}

/** Takes an array for each value, with an element for each list. */
function listsQuery({ where, types }: Conditions, limit: number): string {
  const columns = types.map((_, index) => `value_${index + 1}`).join(', ');
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const each = where.replaceAll(/\$(\d+)/g, 'asked.value_$1');
  return `select asked.nth::integer as nth, list.payments, list.views
    from unnest(${arrays}) with ordinality as asked(${columns}, nth)
    cross join lateral (${listQuery({ where: each }, limit)}) list`;
}

function listOf({ payments, shown = payments, views }: Found, limit: number): PaymentList {
  if (views === null) return EMPTY;
  if (payments <= limit && shown === payments) return { items: views, nextCursor: null };
  const items = shown > limit ? views.slice(0, views.lastIndexOf(SEPARATOR)) : views;
  const before = items.lastIndexOf(SEPARATOR);
  const last = before === -1 ? items : items.slice(before + SEPARATOR.length);
  const { created_at: at, id } = JSON.parse(last) as PaymentView; // reason: written by the projection
  return { items, nextCursor: encodeCursor(at, id) };
}
