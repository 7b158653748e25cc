import type { Position, RecordedEvent } from '../event-store/event-store.js';
import { foldPayment } from '../payments/payment.fold.js';
import type { Operation, Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { viewOf } from '../payments/payment.view.js';
import type { CallAnswer, CallRefusal, CallRefusalCode, CommandName } from './payment-calls.js';

/** A call found in its payment's stream. */
export interface FoundCall {
  readonly requestHash: string | null;
  /** Revision of the event that opened it. */
  readonly openedAt: number;
  /** Revision of the event that answers it; null while it runs. */
  readonly answeredAt: number | null;
}

/** Looks a call up by the hash of its key. */
export function findCall(events: readonly RecordedEvent[], keyHash: string): FoundCall | null {
  const opening = events.find(({ metadata }) => metadata.idempotency === keyHash);
  if (opening === undefined) return null;
  const answering = events.find(({ metadata }) => metadata.answers?.includes(keyHash) === true);
  return {
    requestHash: opening.metadata.requestHash ?? null,
    openedAt: opening.revision,
    answeredAt: answering?.revision ?? null,
  };
}

/** The answer of a call as of the event that marked it; the same bytes however often it is asked for. */
export function answerAsOfMark(
  events: readonly RecordedEvent[],
  call: { readonly command: CommandName; readonly openedAt: number; readonly answeredAt: number },
  replayed: boolean,
): CallAnswer {
  const past = events.slice(0, call.answeredAt + 1);
  const payment = foldPayment(past);
  const mark = past.at(-1);
  if (payment === null || mark === undefined) throw new Error('a mark without a payment');
  return answerOf(payment, {
    command: call.command,
    openedAt: call.openedAt,
    correlationId: past[call.openedAt]?.metadata.correlationId ?? mark.metadata.correlationId,
    position: mark.position,
    replayed,
  });
}

export interface AnswerContext {
  readonly command: CommandName;
  readonly openedAt: number;
  readonly correlationId: string;
  readonly position: Position;
  readonly replayed: boolean;
}

/** What a call at rest answers: the payment, or the decline of its own operation. */
export function answerOf(payment: Payment, context: AnswerContext): CallAnswer {
  const own = ownOperation(payment, context);
  const declined = own !== null && own.outcome === 'declined';
  const code = declined ? declinedCode(payment, context.command) : null;
  if (code !== null) {
    const { correlationId, position, replayed } = context;
    return {
      kind: 'refused',
      code,
      detail: own?.message ?? 'The gateway declined the operation.',
      retryAfterS: null,
      correlationId,
      revision: payment.revision,
      position,
      replayed,
    };
  }
  return {
    kind: 'payment',
    status: isStillOpen(payment, context) ? 202 : STATUS_AT_REST[context.command],
    payment: viewOf(payment),
    position: context.position,
    replayed: context.replayed,
  };
}

const STATUS_AT_REST = {
  create: 201,
  refund: 201,
  confirm: 200,
  capture: 200,
  cancel: 200,
  increment_authorization: 200,
  retry: 200,
  approve: 200,
  reject: 200,
  resolve: 200,
} as const satisfies Record<CommandName, 200 | 201>;

const OWN_OPERATION = {
  create: null,
  confirm: null,
  retry: null,
  approve: null,
  resolve: null,
  capture: 'capture',
  increment_authorization: 'increment',
  cancel: 'void',
  reject: 'void',
  refund: 'refund',
} as const satisfies Record<CommandName, Operation['operation'] | null>;

function ownOperation(payment: Payment, context: AnswerContext): Operation | null {
  const name = OWN_OPERATION[context.command];
  if (name === null) return null;
  return (
    payment.operations.find(
      ({ operation, revision }) => operation === name && revision >= context.openedAt,
    ) ?? null
  );
}

/** A declined refund is an answer in itself; a void that found the payment ended anyway did what was asked. */
function declinedCode(payment: Payment, command: CommandName): CallRefusalCode | null {
  switch (command) {
    case 'capture':
      return 'CAPTURE_DECLINED';
    case 'increment_authorization':
      return 'INCREMENT_DECLINED';
    case 'cancel':
    case 'reject':
      return VOID_UNDONE.has(payment.status) ? 'VOID_DECLINED' : null;
    case 'create':
    case 'confirm':
    case 'retry':
    case 'refund':
    case 'approve':
    case 'resolve':
      return null;
  }
}

/** Statuses in which a declined void left the payment as it was. */
const VOID_UNDONE: ReadonlySet<string> = new Set(['AUTHORIZED', 'REQUIRES_ACTION', 'UNDER_REVIEW']);
const UNDECIDED: ReadonlySet<string> = new Set(['PROCESSING', 'REQUIRES_ACTION', 'UNDER_REVIEW']);

/** Also where what is open is the capture of a payment that captures itself, or the void after it. */
function isStillOpen(payment: Payment, { openedAt }: AnswerContext): boolean {
  const open = openIntentOf(payment);
  const own = open !== null && open.revision >= openedAt && !isUndoing(open);
  return own || UNDECIDED.has(payment.status);
}

/** Another approval is given back whatever becomes of the call. */
function isUndoing(operation: Operation): boolean {
  return 'cause' in operation && operation.cause === 'undo';
}

/** For what is mostly over by then: another call at work, a store that is away. */
export const RETRY_AFTER_S = 1;

/** A refusal that appended no event. */
export function refuse(
  code: CallRefusalCode,
  detail: string,
  retryAfterS: number | null = null,
): CallRefusal {
  return {
    kind: 'refused',
    code,
    detail,
    retryAfterS,
    correlationId: null,
    revision: null,
    position: null,
    replayed: false,
  };
}
