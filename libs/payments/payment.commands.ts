import type { GatewayAnswer, GatewayFact } from './gateway-answer.js';
import type { FailureCode } from './failure-codes.js';
import type {
  RiskVerdict,
  RoutingDecision,
  StoredPaymentMethod,
  VoidCause,
} from './payment.events.js';

/** What all commands carry: time and ids enter here, the core has no clock and makes no ids. */
interface At {
  /** ISO instant of the decision. */
  readonly at: string;
}

/** A command that may open an intent brings the gateway key for intent number `operations.length + 1`. */
interface OpensIntent extends At {
  readonly key: string;
}

export type CreatePayment = At & {
  readonly type: 'CreatePayment';
  readonly paymentId: string;
  readonly merchantId: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly captureMethod: 'automatic' | 'manual';
  readonly captureAfterS: number | null;
  readonly paymentMethod: StoredPaymentMethod;
  readonly customerId: string | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly metadata: { readonly [name: string]: string } | null;
  readonly customerIpHash: string | null;
  readonly customerEmailHash: string | null;
  readonly risk: RiskVerdict;
};
/** `amount` null: all that is left. `unsupported`: the payment's gateway can't do it. */
export type CapturePayment = OpensIntent & {
  readonly type: 'CapturePayment';
  readonly amount: bigint | null;
  readonly final: boolean;
  readonly unsupported: boolean;
};
export type CancelPayment = OpensIntent & {
  readonly type: 'CancelPayment';
  readonly reason: string | null;
};
/** `amount`: the new total. */
export type IncrementAuthorization = OpensIntent & {
  readonly type: 'IncrementAuthorization';
  readonly amount: bigint;
  readonly unsupported: boolean;
};
/** `windowDays`: for how long after the last capture refunds are possible. */
export type RefundPayment = OpensIntent & {
  readonly type: 'RefundPayment';
  readonly refundId: string;
  readonly amount: bigint | null;
  readonly reason: string | null;
  readonly windowDays: number;
  readonly unsupported: boolean;
};
export type RetryPayment = At & {
  readonly type: 'RetryPayment';
  readonly paymentMethod: StoredPaymentMethod | null;
  readonly risk: RiskVerdict;
};
export type ApproveReview = At & {
  readonly type: 'ApproveReview';
  readonly reason: string | null;
};
export type RejectReview = OpensIntent & {
  readonly type: 'RejectReview';
  readonly reason: string | null;
};
/** Reads only: accepted where the orchestrator may ask about the customer's act, or has nothing to ask. */
export type ConfirmPayment = At & { readonly type: 'ConfirmPayment' };
export type ResolvePayment = At & {
  readonly type: 'ResolvePayment';
  readonly reason: string;
  readonly operation: {
    readonly intent: number;
    readonly outcome: 'approved' | 'declined' | 'undone';
    readonly amount: bigint | null;
    readonly gatewayReference: string | null;
  } | null;
  /** The gateway's own word closed the operation first: only the resolution itself is left to record. */
  readonly gatewayAnswered: boolean;
  /** Ends an authorization window where the resolution approves an authorize. */
  readonly defaultExpiresAt: string;
};

/** Commands that a client may send; the rows of the published table. */
export type ClientCommand =
  | CreatePayment
  | CapturePayment
  | CancelPayment
  | IncrementAuthorization
  | RefundPayment
  | RetryPayment
  | ApproveReview
  | RejectReview
  | ConfirmPayment
  | ResolvePayment;

export type RaiseRiskAlarm = At & {
  readonly type: 'RaiseRiskAlarm';
  readonly reasons: readonly string[];
};
export type StartAttempt = OpensIntent & {
  readonly type: 'StartAttempt';
  readonly operation: 'authorize' | 'purchase';
  readonly gateway: string;
  readonly routing: RoutingDecision;
};
/** Nothing left to try, or nobody to try it with. */
export type FailPayment = At & {
  readonly type: 'FailPayment';
  readonly code: FailureCode;
  readonly message: string;
};
export type StartCapture = OpensIntent & {
  readonly type: 'StartCapture';
  readonly trigger: 'automatic' | 'timer';
};
export type StartVoid = OpensIntent & {
  readonly type: 'StartVoid';
  readonly cause: Exclude<VoidCause, 'reject' | 'undo'>;
};
/** Gives another approval back: a void of an authorization, a refund of a purchase. */
export type StartUndo = OpensIntent & {
  readonly type: 'StartUndo';
  readonly target: number;
  readonly refundId: string;
};
/** The gateway's word on an intent, from its answer or from asking. */
export type RecordAnswer = At & {
  readonly type: 'RecordAnswer';
  readonly intent: number;
  readonly answer: GatewayAnswer;
  /** The process opened the intent itself and every send of it so far was refused; only then a refusal is a word. */
  readonly soleSender: boolean;
  /** Another gateway than those tried could take another attempt. */
  readonly otherGateway: boolean;
  /** End of the window where the gateway names none; end of the time for the customer's act. */
  readonly defaultExpiresAt: string;
  readonly actionTimesOutAt: string;
};
/** The sender lost track of the intent, or another process takes it over. */
export type TakeOver = At & {
  readonly type: 'TakeOver';
  readonly intent: number;
  readonly reason: string;
};
export interface ApprovedMoney {
  readonly amount: bigint;
  readonly settled: boolean;
}
export type RecordFact = At & {
  readonly type: 'RecordFact';
  readonly gateway: string;
  readonly fact: GatewayFact;
  /** As for an answer; left out: a declined attempt ends the payment. */
  readonly otherGateway?: boolean;
  /** Of a dispute: what the gateway approved, which the fact does not tell; null or left out: as asked for, not settled. */
  readonly approved?: ApprovedMoney | null;
  readonly defaultExpiresAt: string;
};
/** What the gateway said of the authorization itself, asked at the end of its window. */
export type RecordAuthorizationWord = At & {
  readonly type: 'RecordAuthorizationWord';
  readonly gone: boolean;
  readonly expiresAt: string | null;
};

/** Commands of the orchestrator and the processor. */
export type OwnCommand =
  | RaiseRiskAlarm
  | StartAttempt
  | FailPayment
  | StartCapture
  | StartVoid
  | StartUndo
  | RecordAnswer
  | TakeOver
  | RecordFact
  | RecordAuthorizationWord;

export type PaymentCommand = ClientCommand | OwnCommand;

export type RejectionCode =
  | 'PAYMENT_NOT_FOUND'
  | 'PAYMENT_EXISTS'
  | 'ILLEGAL_TRANSITION'
  | 'PAYMENT_STOPPED'
  | 'OPERATION_IN_PROGRESS'
  | 'NOTHING_TO_RESOLVE'
  | 'RESOLUTION_NOT_POSSIBLE'
  | 'CAPTURE_EXCEEDS_AUTHORIZED'
  | 'CAPTURE_LIMIT_REACHED'
  | 'INCREMENT_NOT_ABOVE_AUTHORIZED'
  | 'INCREMENT_LIMIT_REACHED'
  | 'REFUND_EXCEEDS_CAPTURED'
  | 'REFUND_LIMIT_REACHED'
  | 'REFUND_WINDOW_CLOSED'
  | 'RETRY_NOT_ALLOWED'
  | 'UNSUPPORTED_BY_GATEWAY';
