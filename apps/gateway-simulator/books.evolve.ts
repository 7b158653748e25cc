import {
  type BookRecord,
  type Books,
  type Dispute,
  disputeAt,
  type EndedRecord,
  type Fact,
  type Funds,
  fundsBeneath,
  gatewayBooks,
  type Operation,
  operationAt,
  type OperationRecord,
} from './books.js';

/** Applies one line, in place: a copy of a million operations for each call would be too slow. */
export function evolve(books: Books, record: BookRecord): void {
  switch (record.type) {
    case 'operation':
      return addOperation(books, record);
    case 'ended':
      return endOperation(books, record);
    case 'settled': {
      const operation = operationAt(books, record.operation);
      operation.settled = true;
      return addFact(books, { type: 'settled', operation, dispute: null, atMs: record.atMs });
    }
    case 'dispute_opened': {
      const operation = operationAt(books, record.operation);
      const dispute: Dispute = {
        number: books.disputes.length,
        operation,
        amount: BigInt(record.amount),
        openedAtMs: record.atMs,
        status: 'open',
      };
      books.disputes.push(dispute);
      fundsBeneath(books, operation).disputed += dispute.amount;
      return addFact(books, { type: 'dispute_opened', operation, dispute, atMs: record.atMs });
    }
    case 'dispute_ended': {
      const dispute = disputeAt(books, record.dispute);
      const { operation } = dispute;
      dispute.status = record.outcome;
      if (record.outcome === 'won') fundsBeneath(books, operation).disputed -= dispute.amount;
      const type = record.outcome === 'won' ? 'dispute_won' : 'dispute_lost';
      return addFact(books, { type, operation, dispute, atMs: record.atMs });
    }
    case 'webhooks_set':
      gatewayBooks(books, record.gateway).webhooks = record.endpoint;
  }
}

function addOperation(books: Books, record: OperationRecord): void {
  const holdsMoney = record.operation === 'authorize' || record.operation === 'purchase';
  const operation: Operation = {
    number: books.operations.length,
    record,
    status: record.status,
    ended: null,
    settled: false,
    effect: -1,
    funds: holdsMoney ? noFunds() : null,
    next: null,
  };
  books.operations.push(operation);
  gatewayBooks(books, record.gateway).byKey.set(record.key, operation);
  addToPayment(books, operation);
  if (record.status === 'pending') fundsBeneath(books, operation).refunded += BigInt(record.amount);
  if (record.status === 'approved') perform(books, operation, record);
  if (record.status === 'approved' || record.status === 'declined') addEffect(books, operation);
}

function endOperation(books: Books, record: EndedRecord): void {
  const operation = operationAt(books, record.operation);
  operation.ended = record;
  operation.status = record.outcome;
  addEffect(books, operation);
  const isRefund = operation.record.operation === 'refund';
  if (isRefund && record.outcome === 'declined') {
    fundsBeneath(books, operation).refunded -= BigInt(operation.record.amount);
  }
  if (!isRefund && record.outcome === 'approved') perform(books, operation, record);
  const succeeded = isRefund ? 'refund_succeeded' : 'operation_approved';
  const failed = isRefund ? 'refund_failed' : 'operation_declined';
  const type = record.outcome === 'approved' ? succeeded : failed;
  addFact(books, { type, operation, dispute: null, atMs: record.atMs });
}

function perform(
  books: Books,
  operation: Operation,
  outcome: Pick<OperationRecord, 'amount' | 'expiresAtMs' | 'due'>,
): void {
  const funds = fundsBeneath(books, operation);
  const amount = BigInt(outcome.amount);
  switch (operation.record.operation) {
    case 'authorize':
      funds.authorized = amount;
      funds.expiresAtMs = outcome.expiresAtMs;
      return;
    case 'purchase':
      funds.authorized = amount;
      funds.captured = amount;
      funds.closed = 'captured';
      operation.settled = outcome.due === null;
      return;
    case 'capture':
      funds.captured += amount;
      if (operation.record.final || funds.captured === funds.authorized) funds.closed = 'captured';
      operation.settled = outcome.due === null;
      return;
    case 'increment':
      funds.authorized = amount;
      return;
    case 'refund':
      funds.refunded += amount;
      return;
    case 'void':
      funds.closed = 'voided';
  }
}

function noFunds(): Funds {
  return {
    authorized: 0n,
    captured: 0n,
    refunded: 0n,
    disputed: 0n,
    expiresAtMs: null,
    closed: 'no',
  };
}

function addToPayment(books: Books, operation: Operation): void {
  const first = books.payments.get(operation.record.paymentId);
  if (first === undefined) {
    books.payments.set(operation.record.paymentId, operation);
    return;
  }
  let last = first;
  while (last.next !== null) last = last.next;
  last.next = operation;
}

function addEffect(books: Books, operation: Operation): void {
  operation.effect = books.effects.length;
  books.effects.push(operation);
}

function addFact(books: Books, fact: Fact): void {
  gatewayBooks(books, fact.operation.record.gateway).facts.push(fact);
}
