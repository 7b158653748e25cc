import {
  endedPhase,
  updated,
  type Change,
  type PastOf,
  type Patch,
} from './payment.evolve-common.js';
import type { Attempt, Payment, Phase } from './payment.state.js';

export function attemptApproved(
  payment: Payment,
  event: PastOf<'AuthorizationApproved' | 'PurchaseApproved'>,
): Change {
  const amount = BigInt(event.data.amount);
  const patch: Patch = {
    outcome: 'approved',
    amount,
    reference: event.data.reference,
    code: null,
    message: null,
    ...(event.type === 'PurchaseApproved' && event.data.settled
      ? { settlement: 'settled' as const }
      : {}),
  };
  if (event.data.undo) {
    return { operations: updated(payment, event, { ...patch, undo: 'due', voided: false }) };
  }
  const rests: Change = {
    operations: updated(payment, event, patch),
    base: event.data.intent,
    amountAuthorized: amount,
    phase: { name: 'AUTHORIZED' },
    authorizedAt: event.at,
    declined: null,
  };
  if (event.type === 'PurchaseApproved') return { ...rests, lastCaptureAt: event.at };
  const { intent, expiresAt, windowFrom } = event.data;
  return { ...rests, hold: { intent, expiresAt, windowFrom, state: 'held' } };
}

export function attemptEnded(
  payment: Payment,
  event: PastOf<'AttemptDeclined' | 'AttemptRefused'>,
  end: {
    readonly outcome: 'declined' | 'refused';
    readonly code: Attempt['code'];
    readonly ends: PastOf<'AttemptDeclined'>['data']['ends'];
  },
): Change {
  const { message } = event.data;
  const operations = updated(payment, event, { outcome: end.outcome, code: end.code, message });
  const phase: Phase =
    end.ends === null
      ? { name: 'PROCESSING' }
      : { name: 'FAILED', code: end.ends, message: message };
  return { operations, phase: endedPhase(payment, phase) };
}

export function actionRequired(payment: Payment, event: PastOf<'ActionRequired'>): Change {
  const { intent, reference, redirectUrl, timesOutAt } = event.data;
  return {
    operations: updated(payment, event, {
      outcome: 'action',
      reference,
      redirectUrl,
      actionTimesOutAt: timesOutAt,
    }),
    phase: { name: 'REQUIRES_ACTION', intent },
  };
}
