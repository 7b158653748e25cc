import { Chance } from './chance.js';
import { API_NODES, type ApiNode } from './names.js';

/** How a call is sent. */
export interface Sending {
  /** A node for each copy; all are sent at once, with one key. */
  readonly nodes: readonly ApiNode[];
  /** Then the client leaves. */
  readonly timeoutMs: number;
  /** Copies that follow, one by one, while no answer is final, or in spite of one. */
  readonly again: { readonly unanswered: number; readonly answered: number };
  readonly pauseMs: number;
}

export type Act =
  | { readonly kind: 'capture'; readonly percent: number | null; readonly final: boolean }
  | { readonly kind: 'increment'; readonly percent: number }
  | { readonly kind: 'refund'; readonly percent: number | null }
  | { readonly kind: 'cancel' | 'retry' | 'approve' | 'reject' | 'get' | 'list' }
  /** The customer comes back from the bank, and the shop says so. */
  | { readonly kind: 'customer'; readonly result: 'success' | 'failure' }
  | { readonly kind: 'dispute'; readonly percent: number; readonly end: 'win' | 'lose' | null };

export interface PlannedAct {
  readonly act: Act;
  readonly sending: Sending;
  /** Sent together with the next one. */
  readonly alongside: boolean;
}

/** One payment, and what its merchant does to it. */
export interface Story {
  readonly merchant: 'merchant' | 'merchant_2';
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly captureMethod: 'automatic' | 'manual';
  readonly captureAfterS: number | null;
  readonly sending: Sending;
  readonly acts: readonly PlannedAct[];
}

/** Above it a person is asked. */
export const REVIEW_ABOVE = 90_000;

const TOKENS = [
  'tok_decline_insufficient_funds',
  'tok_decline_do_not_honor',
  'tok_decline_expired_card',
  'tok_partial_approval',
  'tok_partial_approval',
  'tok_action_required',
  'tok_action_required',
  'tok_refund_fails',
  'tok_slow',
  'tok_timeout_before_effect',
  'tok_timeout_after_effect',
  'tok_error_after_effect',
  'tok_reset_after_effect',
  'tok_nobody_knows',
];
const APPROVED_SHARE = 0.6;

/** What a client does as its n-th: the same for the same seed. */
export function story(seed: number, client: number, nth: number): Story {
  const chance = new Chance(seed, `client ${client} story ${nth}`);
  const manual = chance.often(0.6);
  const token = chance.often(APPROVED_SHARE) ? 'tok_approve' : chance.one(TOKENS);
  const reviewed = chance.often(0.05);
  const amount = reviewed ? REVIEW_ABOVE + chance.from(1, 9_999) : chance.from(100, 50_000);
  return {
    merchant: chance.often(0.85) ? 'merchant' : 'merchant_2',
    amount,
    currency: chance.one(['EUR', 'EUR', 'USD', 'JPY', 'KWD']),
    token,
    captureMethod: manual ? 'manual' : 'automatic',
    captureAfterS: manual && chance.often(0.15) ? chance.from(1, 4) : null,
    sending: sending(chance),
    acts: acts(chance, { manual, reviewed, token }),
  };
}

function sending(chance: Chance): Sending {
  const copies = chance.often(0.25) ? chance.from(2, 3) : 1;
  return {
    nodes: Array.from({ length: copies }, () => chance.one(API_NODES)),
    timeoutMs: chance.often(0.08) ? chance.from(5, 300) : 8_000,
    again: { unanswered: chance.from(0, 3), answered: chance.often(0.1) ? 1 : 0 },
    pauseMs: chance.from(0, 60),
  };
}

interface Kind {
  readonly manual: boolean;
  readonly reviewed: boolean;
  readonly token: string;
}

function acts(chance: Chance, { manual, reviewed, token }: Kind): readonly PlannedAct[] {
  const before: Act[] = [];
  if (reviewed) before.push({ kind: chance.often(0.7) ? 'approve' : 'reject' });
  if (token === 'tok_action_required' && chance.often(0.8)) {
    before.push({ kind: 'customer', result: chance.often(0.75) ? 'success' : 'failure' });
  }
  if (token.startsWith('tok_decline') && chance.often(0.5)) before.push({ kind: 'retry' });
  const middle = manual
    ? [holding(chance), ...(chance.often(0.5) ? [holding(chance)] : [])]
    : ([] as Act[]);
  const after = Array.from({ length: chance.from(0, 2) }, () => following(chance));
  return [...before, ...middle, ...after].map((act) => ({
    act,
    sending: sending(chance),
    alongside: chance.often(0.2),
  }));
}

/** What is done to a hold. */
function holding(chance: Chance): Act {
  return chance.one<() => Act>([
    () => ({ kind: 'capture', percent: null, final: false }),
    () => ({ kind: 'capture', percent: chance.from(10, 60), final: chance.often(0.3) }),
    () => ({ kind: 'capture', percent: chance.from(40, 100), final: false }),
    () => ({ kind: 'increment', percent: chance.from(101, 150) }),
    () => ({ kind: 'cancel' }),
  ])();
}

/** What is done once money was taken. */
function following(chance: Chance): Act {
  return chance.one<() => Act>([
    () => ({ kind: 'refund', percent: null }),
    () => ({ kind: 'refund', percent: chance.from(5, 60) }),
    () => ({ kind: 'refund', percent: chance.from(30, 100) }),
    () => ({ kind: 'get' }),
    () => ({ kind: 'list' }),
    () => ({
      kind: 'dispute',
      percent: chance.from(5, 50),
      end: chance.one(['win', 'lose', null] as const),
    }),
  ])();
}
