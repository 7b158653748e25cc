import {
  amountOf,
  type Books,
  chargeOf,
  type Dispute,
  type Fact,
  isExpired,
  type Operation,
} from './books.js';
import { actionIdOf, disputeIdOf, referenceOf } from './references.js';

const AMOUNT_AS_NUMBER_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** What a call answered first; every repeat of its key answers the same. */
export function firstAnswer(operation: Operation, baseUrl: string) {
  const { record } = operation;
  return {
    reference: referenceOf(operation),
    operation: record.operation,
    key: record.key,
    payment_id: record.paymentId,
    status: record.status,
    amount: record.amount,
    currency: record.currency,
    expires_at: instant(record.expiresAtMs),
    settled: takesMoney(operation) && record.status === 'approved' && record.due === null,
    authorization_gone: record.gone,
    decline_code: record.code,
    message: record.message,
    redirect_url: record.status === 'requires_action' ? actionUrl(operation, baseUrl) : null,
  };
}

/** What is true of an operation by now; the answer to who asks. */
export function presentAnswer(books: Books, operation: Operation, at: AnswerPlace) {
  const { record, ended, status, funds } = operation;
  const first = firstAnswer(operation, at.baseUrl);
  if (status === 'requires_action' && funds?.closed === 'voided') {
    return {
      ...first,
      status: 'declined',
      authorization_gone: true,
      decline_code: 'authentication_failed',
      message: 'voided before the customer acted',
      redirect_url: null,
    };
  }
  return {
    ...first,
    status,
    amount: amountOf(operation),
    expires_at: instant(ended === null ? record.expiresAtMs : ended.expiresAtMs),
    settled: operation.settled,
    authorization_gone: record.gone || isGone(books, operation, at.nowMs),
    decline_code: ended === null ? record.code : ended.code,
    message: ended === null ? record.message : ended.message,
    redirect_url: status === 'requires_action' ? first.redirect_url : null,
  };
}

export interface AnswerPlace {
  readonly nowMs: number;
  /** Under which the customer's browser finds this gateway. */
  readonly baseUrl: string;
}

/** One entry of the books: an effect, or a decline, which moved nothing. */
export function bookEntry(operation: Operation) {
  const { record, ended, status } = operation;
  return {
    gateway: record.gateway,
    operation: record.operation,
    key: record.key,
    amount: jsonAmount(BigInt(amountOf(operation))),
    currency: record.currency,
    outcome: status,
    at: instant(ended === null ? record.atMs : ended.atMs),
  };
}

/** `id` is the feed's place too. */
export function factAnswer(fact: Fact, id: string) {
  const { operation, dispute } = fact;
  const { record, ended } = operation;
  const told = {
    id,
    type: fact.type,
    payment_id: record.paymentId,
    key: record.key,
    reference: referenceOf(operation),
    at: instant(fact.atMs),
    amount: dispute === null ? amountOf(operation) : String(dispute.amount),
    currency: record.currency,
  };
  if (dispute !== null) return { ...told, dispute_id: disputeIdOf(dispute.number) };
  if (fact.type === 'operation_approved') {
    const settled = record.operation === 'purchase' && ended?.due === null;
    const expiresAt = instant(ended?.expiresAtMs ?? null);
    return { ...told, expires_at: expiresAt, settled };
  }
  if (fact.type === 'operation_declined') {
    return { ...told, decline_code: ended?.code ?? null, message: ended?.message ?? null };
  }
  return told;
}

export function disputeAnswer(dispute: Dispute) {
  const { record } = dispute.operation;
  return {
    id: disputeIdOf(dispute.number),
    payment_id: record.paymentId,
    key: record.key,
    amount: jsonAmount(dispute.amount),
    currency: record.currency,
    status: dispute.status,
    opened_at: instant(dispute.openedAtMs),
  };
}

/** Expired or voided; one that was captured to the end is spent, which is no news to who captured it. */
function isGone(books: Books, operation: Operation, nowMs: number): boolean {
  if (operation.status !== 'approved') return false;
  const { operation: name } = operation.record;
  if (name !== 'authorize' && name !== 'increment' && name !== 'capture') return false;
  const { funds } = chargeOf(books, operation);
  return funds !== null && (funds.closed === 'voided' || isExpired(funds, nowMs));
}

function takesMoney({ record }: Operation): boolean {
  return record.operation === 'purchase' || record.operation === 'capture';
}

function actionUrl(operation: Operation, baseUrl: string): string {
  return `${baseUrl}/${operation.record.gateway}/actions/${actionIdOf(operation)}`;
}

function jsonAmount(amount: bigint): number | string {
  return amount <= AMOUNT_AS_NUMBER_MAX ? Number(amount) : String(amount);
}

function instant(atMs: number): string;
function instant(atMs: number | null): string | null;
function instant(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
