import type { Books, Operation, OperationRecord } from './books.js';
import {
  captureOutcome,
  chargeOutcome,
  incrementOutcome,
  type Outcome,
  refundOutcome,
  voidOutcome,
} from './books.outcomes.js';
import type { Circumstances, OperationRequest } from './operation-request.js';
import { findCharge } from './references.js';

export type Decision =
  | { readonly type: 'perform'; readonly record: OperationRecord }
  /** The call makes no sense; nothing is written. */
  | { readonly type: 'refuse'; readonly code: RefusalCode; readonly message: string };

export type RefusalCode = 'unknown_reference' | 'currency_mismatch';

/** Decides a call whose key is new. Pure; declines are decisions like any other and stand in the books. */
export function decide(
  books: Books,
  request: OperationRequest,
  circumstances: Circumstances,
): Decision {
  const { operation } = request;
  if (operation === 'authorize' || operation === 'purchase') {
    return perform(request, null, chargeOutcome(request, circumstances));
  }
  const charge = findCharge(books, request);
  if (charge === undefined || charge.funds === null) {
    return refuse('unknown_reference', 'no authorization or purchase of this payment has it');
  }
  if (request.currency !== null && request.currency !== charge.record.currency) {
    return refuse('currency_mismatch', `the currency must be ${charge.record.currency}`);
  }
  const beneath = { charge, funds: charge.funds };
  switch (operation) {
    case 'capture':
      return perform(request, charge, captureOutcome(request, beneath, circumstances));
    case 'increment':
      return perform(request, charge, incrementOutcome(request, beneath, circumstances));
    case 'void':
      return perform(request, charge, voidOutcome(beneath, circumstances));
    case 'refund':
      return perform(request, charge, refundOutcome(request, beneath, circumstances));
  }
}

/** Whether a call repeats an operation in every part; nothing of it may differ under one key. */
export function isRepeat(books: Books, operation: Operation, request: OperationRequest): boolean {
  const { record } = operation;
  return (
    record.operation === request.operation &&
    record.paymentId === request.paymentId &&
    record.asked === String(request.amount) &&
    (request.currency === null || record.currency === request.currency) &&
    record.token === request.token &&
    record.final === request.final &&
    record.charge === (record.charge === null ? null : findCharge(books, request)?.number)
  );
}

function refuse(code: RefusalCode, message: string): Decision {
  return { type: 'refuse', code, message };
}

function perform(request: OperationRequest, charge: Operation | null, outcome: Outcome): Decision {
  return {
    type: 'perform',
    record: {
      type: 'operation',
      gateway: request.gateway,
      operation: request.operation,
      key: request.key,
      paymentId: request.paymentId,
      asked: String(request.amount),
      // A void names no currency: it has that of what it releases.
      currency: request.currency ?? charge?.record.currency ?? '',
      token: request.token,
      charge: charge?.number ?? null,
      final: request.final,
      // Name by name, which is many times as fast as copying.
      status: outcome.status,
      amount: outcome.amount,
      code: outcome.code,
      message: outcome.message,
      gone: outcome.gone,
      expiresAtMs: outcome.expiresAtMs,
      due: outcome.due,
      atMs: outcome.atMs,
    },
  };
}
