import { updated, type Change, type PastOf } from './payment.evolve-common.js';
import type { Payment } from './payment.state.js';
import { isAttempt } from './payment.totals.js';

export function captureApproved(payment: Payment, event: PastOf<'CaptureApproved'>): Change {
  const capture = payment.operations[event.data.intent - 1];
  const releases = capture?.operation === 'capture' && capture.final;
  const rests = payment.base === null ? restsOnOldAgain(payment, event.data.intent) : {};
  return {
    operations: updated(payment, event, {
      outcome: 'approved',
      amount: BigInt(event.data.amount),
      reference: event.data.reference,
      code: null,
      message: null,
      ...(event.data.settled ? { settlement: 'settled' as const } : {}),
    }),
    lastCaptureAt: event.at,
    declined: null,
    ...rests,
    hold:
      releases && payment.hold?.state === 'held'
        ? { ...payment.hold, state: 'released' }
        : payment.hold,
  };
}

export function incrementApproved(payment: Payment, event: PastOf<'IncrementApproved'>): Change {
  const { intent } = event.data;
  const amount = BigInt(event.data.amount);
  const operations = updated(payment, event, {
    outcome: 'approved',
    amount,
    code: null,
    message: null,
  });
  // A late approval below a newer one, or of an earlier life's authorization, raises nothing any more.
  const newer = payment.operations
    .slice(intent)
    .some((other) => other.operation === 'increment' && other.outcome === 'approved');
  const older = payment.base === null || intent < payment.base;
  if (older || (newer && amount <= payment.amountAuthorized)) return { operations };
  return { operations, amountAuthorized: amount, declined: null };
}

/**
 * After a retry a capture of the earlier life turns out approved: the payment rests on that authorization again, so
 * that the new attempt, should it be approved too, is given back.
 */
function restsOnOldAgain(payment: Payment, intent: number): Change {
  const old = payment.operations
    .slice(0, intent)
    .findLast((operation) => isAttempt(operation) && operation.outcome === 'approved');
  if (old === undefined) return {};
  const raised = payment.operations
    .slice(old.intent, intent)
    .findLast(({ operation, outcome }) => operation === 'increment' && outcome === 'approved');
  return { base: old.intent, amountAuthorized: (raised ?? old).amount };
}
