import type { DeclineCode } from '../../libs/payments/failure-codes.js';

export const OPERATIONS = [
  'authorize',
  'capture',
  'purchase',
  'increment',
  'refund',
  'void',
] as const;
export type OperationName = (typeof OPERATIONS)[number];
export type Status = 'approved' | 'declined' | 'requires_action' | 'pending';

/** One line of the file: what a call did, and all that a repeat of its key needs. Amounts are decimal strings. */
export interface OperationRecord {
  readonly type: 'operation';
  readonly gateway: string;
  readonly operation: OperationName;
  readonly key: string;
  readonly paymentId: string;
  /** What the call asked for; "0" of a void, which names no amount. */
  readonly asked: string;
  readonly currency: string;
  readonly token: string | null;
  /** Number of the authorize or purchase that it builds on. */
  readonly charge: number | null;
  readonly final: boolean;
  readonly status: Status;
  /** What was approved, declined or released. */
  readonly amount: string;
  readonly code: DeclineCode | null;
  readonly message: string | null;
  /** The authorization beneath holds nothing any more. */
  readonly gone: boolean;
  readonly expiresAtMs: number | null;
  readonly due: Due | null;
  readonly atMs: number;
}

/** What time alone will bring. */
export interface Due {
  readonly atMs: number;
  readonly as: 'settled' | 'refund_succeeded' | 'refund_failed';
}

/** The end of what was left open: the customer's act, or a refund that was pending. */
export interface EndedRecord {
  readonly type: 'ended';
  readonly operation: number;
  readonly outcome: 'approved' | 'declined';
  readonly amount: string;
  readonly code: DeclineCode | null;
  readonly message: string | null;
  readonly expiresAtMs: number | null;
  readonly due: Due | null;
  readonly atMs: number;
}

export type BookRecord =
  | OperationRecord
  | EndedRecord
  | { readonly type: 'settled'; readonly operation: number; readonly atMs: number }
  | {
      readonly type: 'dispute_opened';
      readonly operation: number;
      readonly amount: string;
      readonly atMs: number;
    }
  | {
      readonly type: 'dispute_ended';
      readonly dispute: number;
      readonly outcome: 'won' | 'lost';
      readonly atMs: number;
    }
  | {
      readonly type: 'webhooks_set';
      readonly gateway: string;
      /** null: none are sent. */
      readonly endpoint: WebhookEndpoint | null;
      readonly atMs: number;
    };

/** Where a gateway sends its webhooks, and what signs them. */
export interface WebhookEndpoint {
  readonly url: string;
  readonly secret: string;
}

/** What an authorize or purchase holds, took and gave back, in minor units. */
export interface Funds {
  authorized: bigint;
  captured: bigint;
  /** Pending refunds count. */
  refunded: bigint;
  /** Disputes that are open or lost. */
  disputed: bigint;
  expiresAtMs: number | null;
  closed: 'no' | 'voided' | 'captured';
}

export interface Operation {
  /** Place in the books, from 0. */
  readonly number: number;
  readonly record: OperationRecord;
  /** As of now; the record keeps what was answered first. */
  status: Status;
  ended: EndedRecord | null;
  settled: boolean;
  /** Place among the effects; -1 while nothing was performed. */
  effect: number;
  /** Only of authorize and purchase. */
  readonly funds: Funds | null;
  /** The next operation of the same payment. */
  next: Operation | null;
}

export interface Dispute {
  readonly number: number;
  readonly operation: Operation;
  readonly amount: bigint;
  readonly openedAtMs: number;
  status: 'open' | 'won' | 'lost';
}

export type FactType =
  | 'settled'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'operation_approved'
  | 'operation_declined'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost';

export interface Fact {
  readonly type: FactType;
  readonly operation: Operation;
  readonly dispute: Dispute | null;
  readonly atMs: number;
}

export interface GatewayBooks {
  readonly byKey: Map<string, Operation>;
  readonly facts: Fact[];
  /** undefined: was never set here. */
  webhooks: WebhookEndpoint | null | undefined;
}

/** Everything that the simulator knows; a fold over the lines of its file. Grows with the run. */
export interface Books {
  readonly gateways: Map<string, GatewayBooks>;
  readonly operations: Operation[];
  readonly effects: Operation[];
  readonly disputes: Dispute[];
  /** First operation of each payment. */
  readonly payments: Map<string, Operation>;
}

export function emptyBooks(): Books {
  return {
    gateways: new Map(),
    operations: [],
    effects: [],
    disputes: [],
    payments: new Map(),
  };
}

/** The file doesn't tell a possible history. */
export class CorruptBooksError extends Error {
  readonly code = 'BOOKS_CORRUPT';
}

/** The authorize or purchase that an operation builds on; itself for these two. */
export function chargeOf(books: Books, operation: Operation): Operation {
  const { charge } = operation.record;
  return charge === null ? operation : operationAt(books, charge);
}

export function fundsBeneath(books: Books, operation: Operation): Funds {
  const { funds } = chargeOf(books, operation);
  if (funds === null) throw new CorruptBooksError('an operation builds on one that holds no money');
  return funds;
}

export function gatewayBooks(books: Books, gateway: string): GatewayBooks {
  const known = books.gateways.get(gateway);
  if (known !== undefined) return known;
  const created: GatewayBooks = { byKey: new Map(), facts: [], webhooks: undefined };
  books.gateways.set(gateway, created);
  return created;
}

export function operationAt(books: Books, number: number): Operation {
  const operation = books.operations[number];
  if (operation === undefined) throw new CorruptBooksError('a line names an unknown operation');
  return operation;
}

/** The gateway that a line is about. */
export function gatewayOfRecord(books: Books, record: BookRecord): string {
  switch (record.type) {
    case 'operation':
    case 'webhooks_set':
      return record.gateway;
    case 'ended':
    case 'settled':
    case 'dispute_opened':
      return operationAt(books, record.operation).record.gateway;
    case 'dispute_ended':
      return disputeAt(books, record.dispute).operation.record.gateway;
  }
}

export function disputeAt(books: Books, number: number): Dispute {
  const dispute = books.disputes[number];
  if (dispute === undefined) throw new CorruptBooksError('a dispute ends that never opened');
  return dispute;
}

/** The amount as of now: what was approved, declined or released. */
export function amountOf(operation: Operation): string {
  return operation.ended?.amount ?? operation.record.amount;
}

/** An authorization that holds money until its time is over; what was captured before stays captured. */
export function isExpired(funds: Funds, nowMs: number): boolean {
  return funds.closed === 'no' && funds.expiresAtMs !== null && funds.expiresAtMs <= nowMs;
}
