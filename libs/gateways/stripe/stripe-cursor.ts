/**
 * Where the feed goes on: the id of the last event read, or one of these two. Their parts are joined by `@`, which no id
 * of Stripe's has.
 */

/** In the middle of a payout: its event was read, its payments are being read. */
export interface InPayout {
  readonly id: string;
  readonly created: number;
  readonly payout: string;
  /** The last balance transaction read. */
  readonly after: string | null;
}

export function cursorIn({ id, created, payout, after }: InPayout): string {
  return [id, created, payout, after ?? ''].join('@');
}

export function payoutOf(cursor: string): InPayout | null {
  const [id, created, payout, after] = cursor.split('@');
  if (id === undefined || created === undefined || payout === undefined) return null;
  return { id, created: Number(created), payout, after: after || null };
}

/** On the way back to the first event: nothing was told yet. */
export interface WayBack {
  /** Null: at its beginning, with the newest event. */
  readonly oldest: string | null;
  /** How many pages back that is. */
  readonly pages: number;
}

export const WAY_BACK: WayBack = { oldest: null, pages: 0 };

const BACK = 'back';

export function cursorBack({ oldest, pages }: WayBack): string | null {
  return oldest === null ? null : [BACK, pages, oldest].join('@');
}

/** Null: the cursor leads somewhere else. */
export function wayBackOf(cursor: string | null): WayBack | null {
  if (cursor === null) return WAY_BACK;
  const [back, pages, oldest] = cursor.split('@');
  return back === BACK && oldest !== undefined ? { oldest, pages: Number(pages) } : null;
}
