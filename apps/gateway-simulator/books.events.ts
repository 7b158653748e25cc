import {
  amountOf,
  type BookRecord,
  type Books,
  type Dispute,
  type EndedRecord,
  fundsBeneath,
  type Operation,
} from './books.js';
import { chargeApproved } from './books.outcomes.js';
import type { Circumstances } from './operation-request.js';
import { disputeNumberOf } from './references.js';

/** What comes of time and of people, not of a call that carries a key. Pure, as books.decide.ts. */
export type Refusal = {
  readonly type: 'refuse';
  readonly httpStatus: 404 | 409 | 422;
  readonly message: string;
};

/** The customer's act; null: the operation had ended before, and stays so. */
export function decideAct(
  operation: Operation,
  result: 'success' | 'failure',
  circumstances: Circumstances,
): EndedRecord | null {
  const { record, funds, number } = operation;
  if (operation.status !== 'requires_action' || funds?.closed !== 'no') return null;
  const common = { type: 'ended', operation: number } as const;
  if (result === 'failure') {
    return {
      ...common,
      outcome: 'declined',
      amount: record.asked,
      code: 'authentication_failed',
      message: 'the customer did not authenticate',
      expiresAtMs: null,
      due: null,
      atMs: circumstances.nowMs,
    };
  }
  const outcome = chargeApproved(record.operation, BigInt(record.asked), circumstances);
  const { amount, expiresAtMs, due, atMs } = outcome;
  return {
    ...common,
    outcome: 'approved',
    amount,
    code: null,
    message: null,
    expiresAtMs,
    due,
    atMs,
  };
}

/** What is still due of an operation; null once it came. */
export function dueOf(operation: Operation) {
  const due = operation.ended === null ? operation.record.due : operation.ended.due;
  if (due === null) return null;
  const came = due.as === 'settled' ? operation.settled : operation.ended !== null;
  return came ? null : due;
}

/** The line that brings what is due. */
export function decideDue(operation: Operation, nowMs: number): BookRecord | null {
  const due = dueOf(operation);
  if (due === null) return null;
  if (due.as === 'settled') return { type: 'settled', operation: operation.number, atMs: nowMs };
  const succeeded = due.as === 'refund_succeeded';
  return {
    type: 'ended',
    operation: operation.number,
    outcome: succeeded ? 'approved' : 'declined',
    amount: operation.record.amount,
    code: succeeded ? null : 'generic_decline',
    message: succeeded ? null : 'the refund came back',
    expiresAtMs: null,
    due: null,
    atMs: nowMs,
  };
}

/**
 * Disputes one capture or purchase: the first with that much undisputed. A bigger amount falls on the biggest capture
 * of an authorization that took as much in several.
 */
export function decideDisputeOpening(
  books: Books,
  wanted: { readonly gateway: string; readonly paymentId: string; readonly amount: bigint },
  nowMs: number,
): BookRecord | Refusal {
  const taken = moneyTaken(books, wanted.gateway, wanted.paymentId);
  if (taken.length === 0) {
    return refuse(404, 'this gateway took no money for such a payment');
  }
  const open = taken.filter((it) => it.undisputedBeneath >= wanted.amount);
  const disputed = open.find((it) => it.undisputed >= wanted.amount) ?? open.sort(biggestFirst)[0];
  if (disputed === undefined) {
    return refuse(422, 'the amount exceeds what was captured and is not disputed yet');
  }
  return {
    type: 'dispute_opened',
    operation: disputed.operation.number,
    amount: String(wanted.amount),
    atMs: nowMs,
  };
}

/** Null: it had ended in that way before. */
export function decideDisputeEnd(
  books: Books,
  wanted: { readonly gateway: string; readonly id: string; readonly outcome: 'won' | 'lost' },
  nowMs: number,
): { readonly dispute: Dispute; readonly record: BookRecord | null } | Refusal {
  const dispute = books.disputes[disputeNumberOf(wanted.id)];
  if (dispute?.operation.record.gateway !== wanted.gateway) {
    return refuse(404, 'there is no such dispute');
  }
  if (dispute.status === wanted.outcome) return { dispute, record: null };
  if (dispute.status !== 'open') return refuse(409, `the dispute is ${dispute.status} already`);
  return {
    dispute,
    record: {
      type: 'dispute_ended',
      dispute: dispute.number,
      outcome: wanted.outcome,
      atMs: nowMs,
    },
  };
}

interface Taken {
  readonly operation: Operation;
  readonly undisputed: bigint;
  /** Of all captures of its authorization together. */
  readonly undisputedBeneath: bigint;
}

function biggestFirst(one: Taken, other: Taken): number {
  return one.undisputed < other.undisputed ? 1 : -1;
}

function moneyTaken(books: Books, gateway: string, paymentId: string): readonly Taken[] {
  const taken: Taken[] = [];
  let operation = books.payments.get(paymentId) ?? null;
  for (; operation !== null; operation = operation.next) {
    const { record, status } = operation;
    const takes = record.operation === 'capture' || record.operation === 'purchase';
    if (!takes || record.gateway !== gateway || status !== 'approved') continue;
    const funds = fundsBeneath(books, operation);
    taken.push({
      operation,
      undisputed: BigInt(amountOf(operation)) - disputedOf(books, operation),
      undisputedBeneath: funds.captured - funds.disputed,
    });
  }
  return taken;
}

/** Disputes are few: a walk is cheaper than a field on a million operations. */
function disputedOf(books: Books, operation: Operation): bigint {
  if (fundsBeneath(books, operation).disputed === 0n) return 0n;
  return books.disputes
    .filter((it) => it.operation === operation && it.status !== 'won')
    .reduce((sum, it) => sum + it.amount, 0n);
}

function refuse(httpStatus: Refusal['httpStatus'], message: string): Refusal {
  return { type: 'refuse', httpStatus, message };
}
