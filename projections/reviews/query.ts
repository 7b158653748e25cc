import { amountView, type AmountView } from '../../libs/payments/payment.view.js';
import type { Queryable } from '../../libs/platform/queryable.js';
import { decodeCursor, encodeCursor, ID_PATTERN, INSTANT_PATTERN } from '../runner/cursor.js';
import { queryReadModel, type ListPage } from '../runner/read-model.js';

export interface ReviewsRequest {
  /** Rows of the page. */
  readonly limit: number;
  readonly cursor: string | null;
  /** Only payments of this merchant; null: of all. */
  readonly merchantId: string | null;
}

/** A payment that waits for a person. Amount in minor units. */
export interface ReviewView {
  readonly payment_id: string;
  readonly merchant_id: string;
  readonly customer_id: string | null;
  readonly amount: AmountView;
  readonly currency: string;
  /** Where an approval lets it go on. */
  readonly origin: 'INITIATED' | 'AUTHORIZED';
  readonly reasons: readonly string[];
  /** ISO instant of the asking. */
  readonly since: string;
}

/**
 * The payments that are UNDER_REVIEW, the newest asking first. @throws InvalidCursor, ReadModelUnavailable
 */
export async function listReviews(
  pool: Queryable,
  { limit, cursor, merchantId }: ReviewsRequest,
): Promise<ListPage<ReviewView>> {
  const [since, id] = cursor === null ? [] : decodeCursor(cursor, [INSTANT_PATTERN, ID_PATTERN]);
  const values = [merchantId, since ?? null, id ?? null, limit + 1];
  const rows = await queryReadModel<StoredReview>(pool, SELECT, values);
  const data = rows.slice(0, limit).map(reviewView);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, nextCursor: more ? encodeCursor(last.since, last.payment_id) : null };
}

interface StoredReview {
  readonly payment_id: string;
  readonly merchant_id: string;
  readonly customer_id: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly origin: ReviewView['origin'];
  readonly reasons: string;
  readonly since: Date;
}

function reviewView({ amount, reasons, since, ...row }: StoredReview): ReviewView {
  return {
    ...row,
    amount: amountView(BigInt(amount)),
    reasons: JSON.parse(reasons) as readonly string[], // reason: written by the projection
    since: since.toISOString(),
  };
}

/** Two read models, each with its own place in the log: a payment shows once both have seen that it waits. */
const SELECT = `
  select r.payment_id, h.merchant_id, h.customer_id, h.amount, h.currency, r.origin, r.reasons, r.since
    from payment_history h
    join reviews r on r.payment_id = h.id
   where h.status = 'UNDER_REVIEW'
     and r.revision <= h.revision
     and ($1::text is null or h.merchant_id = $1)
     and ($2::timestamptz is null or (r.since, r.payment_id) < ($2, $3::text))
   order by r.since desc, r.payment_id desc
   limit $4`;
