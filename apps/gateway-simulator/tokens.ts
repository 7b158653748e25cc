import { DECLINE_CODES, type DeclineCode } from '../../libs/payments/failure-codes.js';

/** What the issuer says to a token. */
export type Verdict =
  | { readonly type: 'approve' }
  | { readonly type: 'approve_half' }
  | { readonly type: 'require_action' }
  | { readonly type: 'decline'; readonly code: DeclineCode };

/** How the first authorize or purchase of a key goes wrong on the wire. */
export type Misbehaviour =
  | 'none'
  | 'hang_before_effect'
  | 'hang_after_effect'
  | 'error_after_effect'
  | 'reset_after_effect'
  | 'slow';

export interface TokenBehaviour {
  readonly verdict: Verdict;
  readonly misbehaviour: Misbehaviour;
  readonly refusesRefunds: boolean;
}

/** How a token behaves; one that isn't listed is declined as an invalid payment method. */
export function behaviourOf(token: string): TokenBehaviour {
  return BEHAVIOURS.get(token) ?? UNKNOWN_TOKEN;
}

const APPROVE: Verdict = { type: 'approve' };
const UNKNOWN_TOKEN = behaviour(decline('invalid_payment_method'));

const DECLINES: readonly (readonly [string, TokenBehaviour])[] = Object.keys(DECLINE_CODES).map(
  (code) => [
    `tok_decline_${code}`,
    // reason: Object.keys forgets the type of the keys
    behaviour(decline(code as DeclineCode)),
  ],
);

const BEHAVIOURS: ReadonlyMap<string, TokenBehaviour> = new Map<string, TokenBehaviour>([
  ...DECLINES,
  ['tok_approve', behaviour(APPROVE)],
  ['tok_partial_approval', behaviour({ type: 'approve_half' })],
  ['tok_action_required', behaviour({ type: 'require_action' })],
  ['tok_timeout_before_effect', behaviour(APPROVE, 'hang_before_effect')],
  ['tok_timeout_after_effect', behaviour(APPROVE, 'hang_after_effect')],
  ['tok_error_after_effect', behaviour(APPROVE, 'error_after_effect')],
  ['tok_reset_after_effect', behaviour(APPROVE, 'reset_after_effect')],
  ['tok_slow', behaviour(APPROVE, 'slow')],
  ['tok_refund_fails', { verdict: APPROVE, misbehaviour: 'none', refusesRefunds: true }],
]);

function behaviour(verdict: Verdict, misbehaviour: Misbehaviour = 'none'): TokenBehaviour {
  return { verdict, misbehaviour, refusesRefunds: false };
}

function decline(code: DeclineCode): Verdict {
  return { type: 'decline', code };
}
