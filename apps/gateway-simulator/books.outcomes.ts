import type { DeclineCode } from '../../libs/payments/failure-codes.js';
import {
  type Due,
  type Funds,
  isExpired,
  type Operation,
  type OperationName,
  type OperationRecord,
} from './books.js';
import type { Circumstances, OperationRequest } from './operation-request.js';
import { behaviourOf } from './tokens.js';

/** What a call comes to. */
export type Outcome = Pick<
  OperationRecord,
  'status' | 'amount' | 'code' | 'message' | 'gone' | 'expiresAtMs' | 'due' | 'atMs'
>;

/** The authorize or purchase beneath a call, and its money. */
export interface Beneath {
  readonly charge: Operation;
  readonly funds: Funds;
}

export function chargeOutcome(request: OperationRequest, circumstances: Circumstances): Outcome {
  const { verdict } = behaviourOf(request.token ?? '');
  switch (verdict.type) {
    case 'decline':
      return declined(request.amount, circumstances, {
        code: verdict.code,
        message: `the issuer said ${verdict.code}`,
      });
    case 'require_action':
      return { ...approved(request.amount, circumstances), status: 'requires_action' };
    case 'approve':
      return chargeApproved(request.operation, request.amount, circumstances);
    case 'approve_half': {
      const half = request.amount / 2n;
      return chargeApproved(request.operation, half === 0n ? 1n : half, circumstances);
    }
  }
}

/** What an approved authorize or purchase carries; also once the customer has acted. */
export function chargeApproved(
  operation: OperationName,
  amount: bigint,
  circumstances: Circumstances,
): Outcome {
  const outcome = approved(amount, circumstances);
  const { nowMs, faults } = circumstances;
  if (operation === 'purchase') return { ...outcome, due: settlement(circumstances) };
  return { ...outcome, expiresAtMs: nowMs + faults.authorization_ttl_ms };
}

export function captureOutcome(
  request: OperationRequest,
  { charge, funds }: Beneath,
  circumstances: Circumstances,
): Outcome {
  const obstacle = obstacleOf(charge, funds, circumstances.nowMs);
  if (obstacle !== null) return declined(request.amount, circumstances, obstacle);
  if (request.amount > funds.authorized - funds.captured) {
    return declined(request.amount, circumstances, {
      code: 'limit_exceeded',
      message: 'the amount exceeds what is left of the authorization',
    });
  }
  return { ...approved(request.amount, circumstances), due: settlement(circumstances) };
}

export function incrementOutcome(
  request: OperationRequest,
  { charge, funds }: Beneath,
  circumstances: Circumstances,
): Outcome {
  const obstacle = obstacleOf(charge, funds, circumstances.nowMs);
  if (obstacle !== null) return declined(request.amount, circumstances, obstacle);
  if (request.amount <= funds.authorized) {
    return declined(request.amount, circumstances, {
      code: 'generic_decline',
      message: 'the new total must exceed what is authorized',
    });
  }
  return approved(request.amount, circumstances);
}

/** Releases what is left; of an action that nobody finished that is nothing, but the customer can't finish it now. */
export function voidOutcome({ charge, funds }: Beneath, circumstances: Circumstances): Outcome {
  if (charge.status === 'requires_action' && funds.closed === 'no') {
    return approved(0n, circumstances);
  }
  const obstacle = obstacleOf(charge, funds, circumstances.nowMs);
  if (obstacle !== null) return declined(0n, circumstances, obstacle);
  return approved(funds.authorized - funds.captured, circumstances);
}

export function refundOutcome(
  request: OperationRequest,
  { charge, funds }: Beneath,
  circumstances: Circumstances,
): Outcome {
  const { nowMs, faults } = circumstances;
  if (behaviourOf(charge.record.token ?? '').refusesRefunds) {
    return declined(request.amount, circumstances, {
      code: 'generic_decline',
      message: 'the issuer refuses refunds to this card',
    });
  }
  if (request.amount > funds.captured - funds.refunded - funds.disputed) {
    return declined(request.amount, circumstances, {
      code: 'limit_exceeded',
      message: 'the amount exceeds what was captured and neither refunded nor disputed',
    });
  }
  const settlesMs = faults.refund_settles_after_ms;
  const failsMs = faults.refund_fails_after_ms;
  if (settlesMs === 0 && failsMs === 0) return approved(request.amount, circumstances);
  const succeeds = settlesMs > 0 && (failsMs === 0 || settlesMs <= failsMs);
  const due: Due = succeeds
    ? { atMs: nowMs + settlesMs, as: 'refund_succeeded' }
    : { atMs: nowMs + failsMs, as: 'refund_failed' };
  return { ...approved(request.amount, circumstances), status: 'pending', due };
}

interface Reason {
  readonly code: DeclineCode;
  readonly message: string;
  readonly gone?: boolean;
}

/** Why nothing can be taken from, added to or released from an authorization; null where it can. */
function obstacleOf(charge: Operation, funds: Funds, nowMs: number): Reason | null {
  const obstacle = (message: string, gone: boolean): Reason => ({
    code: 'generic_decline',
    message,
    gone,
  });
  if (funds.closed === 'voided') return obstacle('the authorization was voided', true);
  if (charge.status === 'requires_action') return obstacle('the customer has not acted yet', false);
  if (charge.status === 'declined') return obstacle('it was declined', false);
  if (charge.record.operation === 'purchase') return obstacle('a purchase is captured', false);
  if (funds.closed === 'captured') return obstacle('the authorization is captured', true);
  if (isExpired(funds, nowMs)) return obstacle('the authorization has expired', true);
  return null;
}

function settlement({ nowMs, faults }: Circumstances): Due | null {
  if (faults.settlement_delay_ms === 0) return null;
  return { atMs: nowMs + faults.settlement_delay_ms, as: 'settled' };
}

function approved(amount: bigint, { nowMs }: Circumstances): Outcome {
  return {
    status: 'approved',
    amount: String(amount),
    code: null,
    message: null,
    gone: false,
    expiresAtMs: null,
    due: null,
    atMs: nowMs,
  };
}

function declined(amount: bigint, circumstances: Circumstances, reason: Reason): Outcome {
  const { code, message, gone = false } = reason;
  return { ...approved(amount, circumstances), status: 'declined', code, message, gone };
}
