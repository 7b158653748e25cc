import { PAYMENT_STATUSES, type PaymentStatus } from './payment-status.js';

/** Commands of clients, as the API names them. */
export const LIFECYCLE_COMMANDS = [
  'create',
  'confirm',
  'capture',
  'cancel',
  'increment_authorization',
  'retry',
  'refund',
  'approve',
  'reject',
  'resolve',
] as const;

export type LifecycleCommand = (typeof LIFECYCLE_COMMANDS)[number];

/**
 * What a command meets in a status, other conditions being fair: accepted, or the refusal's code.
 * `accepted` may still be refused by a limit or a money rule; conditions are named in `only_if`.
 */
export type Verdict = 'accepted' | 'ILLEGAL_TRANSITION' | 'OPERATION_IN_PROGRESS';

const A = 'accepted';
const X = 'ILLEGAL_TRANSITION';
const P = 'OPERATION_IN_PROGRESS';

/** The contract: every (status, command) pair. `create` only ever meets no payment. */
export const COMMAND_TABLE = {
  INITIATED: row({ cancel: A }),
  UNDER_REVIEW: row({ cancel: A, approve: A, reject: A }),
  PROCESSING: row({}, P),
  REQUIRES_ACTION: row({ confirm: A, cancel: A }),
  AUTHORIZED: row({ confirm: A, capture: A, cancel: A, increment_authorization: A }),
  CAPTURED: row({ confirm: A, refund: A }),
  COMPLETED: row({ confirm: A, refund: A }),
  REFUND_INITIATED: row({ confirm: A, refund: A }),
  PARTIALLY_REFUNDED: row({ confirm: A, refund: A }),
  REFUNDED: row({}),
  DISPUTED: row({ confirm: A }),
  FAILED: row({ confirm: A, retry: A, refund: A }),
  CANCELLED: row({}),
  EXPIRED: row({}),
} as const satisfies Record<PaymentStatus, Record<LifecycleCommand, Verdict>>;

function row(
  accepted: Partial<Record<LifecycleCommand, Verdict>>,
  otherwise: Verdict = X,
): Record<LifecycleCommand, Verdict> {
  const verdicts = Object.fromEntries(
    LIFECYCLE_COMMANDS.map((command) => [command, accepted[command] ?? otherwise]),
    // fromEntries loses the key type; every command is in the list.
  ) as Record<LifecycleCommand, Verdict>;
  return { ...verdicts, create: X, resolve: A };
}

/** Statuses that accept no command (resolve aside). */
export const FINAL_STATUSES: readonly PaymentStatus[] = ['REFUNDED', 'CANCELLED', 'EXPIRED'];

export interface Transition {
  readonly from: readonly (PaymentStatus | null)[];
  readonly trigger: string;
  /** `by_the_rule`: computed from captures, refunds, disputes and settlements, see `rule`. */
  readonly to: readonly (PaymentStatus | 'by_the_rule')[];
  readonly note?: string;
}

const ENDED = ['EXPIRED', 'CANCELLED', 'FAILED', 'UNDER_REVIEW'] as const;

/** Commands and facts that change a status, as published. */
export const TRANSITIONS: readonly Transition[] = [
  { from: [null], trigger: 'create', to: ['INITIATED'] },
  { from: ['INITIATED'], trigger: 'validation, risk or routing refused', to: ['FAILED'] },
  { from: ['INITIATED'], trigger: 'risk asks for a person', to: ['UNDER_REVIEW'] },
  { from: ['INITIATED'], trigger: 'authorize or purchase requested', to: ['PROCESSING'] },
  { from: ['INITIATED'], trigger: 'cancel', to: ['CANCELLED'] },
  {
    from: ['UNDER_REVIEW'],
    trigger: 'cancel',
    to: ['CANCELLED', 'by_the_rule', 'UNDER_REVIEW'],
    note: 'Where authorized: once voided; with something captured by the rule; void declined: UNDER_REVIEW.',
  },
  {
    from: ['UNDER_REVIEW'],
    trigger: 'approve',
    to: ['INITIATED', 'AUTHORIZED'],
    note: 'Whence it came.',
  },
  {
    from: ['UNDER_REVIEW'],
    trigger: 'reject',
    to: ['FAILED', 'CANCELLED', 'by_the_rule', 'UNDER_REVIEW'],
    note: 'FAILED review_rejected; where authorized CANCELLED once voided or gone.',
  },
  { from: ['PROCESSING', 'REQUIRES_ACTION'], trigger: 'authorized', to: ['AUTHORIZED'] },
  {
    from: ['PROCESSING', 'REQUIRES_ACTION'],
    trigger: 'purchase approved',
    to: ['by_the_rule'],
  },
  {
    from: ['PROCESSING', 'REQUIRES_ACTION'],
    trigger: 'declined and another attempt may help; outcome unknown',
    to: ['PROCESSING'],
  },
  {
    from: ['PROCESSING', 'REQUIRES_ACTION'],
    trigger: 'declined, nothing left to try',
    to: ['FAILED'],
  },
  { from: ['PROCESSING'], trigger: 'the customer must act', to: ['REQUIRES_ACTION'] },
  { from: ['REQUIRES_ACTION'], trigger: 'confirm without news', to: ['REQUIRES_ACTION'] },
  { from: ['REQUIRES_ACTION'], trigger: 'cancel', to: ['CANCELLED'], note: 'Once voided.' },
  {
    from: ['REQUIRES_ACTION'],
    trigger: 'time for the action over',
    to: ['FAILED'],
    note: 'action_timed_out, once voided.',
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'capture approved',
    to: ['AUTHORIZED', 'by_the_rule'],
    note: 'By the rule once nothing is left to capture or the capture was final. A payment that captures itself accepts no capture.',
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'increment approved',
    to: ['AUTHORIZED'],
    note: 'Manual capture only.',
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'void approved after cancel',
    to: ['CANCELLED', 'by_the_rule'],
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'automatic capture declined',
    to: ['FAILED', 'by_the_rule'],
    note: 'capture_declined, once voided; where something was captured by the rule.',
  },
  {
    from: ['AUTHORIZED', 'UNDER_REVIEW'],
    trigger: 'authorization gone',
    to: ['EXPIRED', 'by_the_rule'],
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'risk alarm',
    to: ['UNDER_REVIEW'],
    note: 'Nothing captured; waits for an open intent.',
  },
  {
    from: ['AUTHORIZED'],
    trigger: 'capture, increment or void declined',
    to: ['AUTHORIZED'],
  },
  {
    from: ['CAPTURED', 'COMPLETED', 'PARTIALLY_REFUNDED', 'REFUND_INITIATED', 'FAILED'],
    trigger: 'refund',
    to: ['by_the_rule'],
    note: 'FAILED only with settlement_failed.',
  },
  {
    from: ['FAILED'],
    trigger: 'retry',
    to: ['INITIATED'],
    note: 'Nothing ever captured, nothing open or still to be undone, not rejected by a person, attempts left.',
  },
  {
    from: [...ENDED],
    trigger: 'a capture that was open or declined is approved',
    to: ['by_the_rule'],
  },
  {
    from: ['FAILED'],
    trigger: 'a void that a cancel asked for is approved late',
    to: ['CANCELLED'],
  },
];

/** Once money is captured and nothing is left to capture: first match. */
export const STATUS_RULE: readonly { readonly when: string; readonly status: PaymentStatus }[] = [
  { when: 'a dispute is open', status: 'DISPUTED' },
  { when: 'a refund is open', status: 'REFUND_INITIATED' },
  { when: 'nothing is left and a lost dispute took the last of it', status: 'DISPUTED' },
  { when: 'nothing is left', status: 'REFUNDED' },
  { when: 'a settlement failed', status: 'FAILED' },
  { when: 'something is refunded or lost', status: 'PARTIALLY_REFUNDED' },
  { when: 'every capture is settled', status: 'COMPLETED' },
  { when: 'otherwise', status: 'CAPTURED' },
];

/** The published table, as `GET /v1/payment-lifecycle` serves it. */
export const LIFECYCLE = {
  statuses: PAYMENT_STATUSES,
  commands: COMMAND_TABLE,
  transitions: TRANSITIONS,
  rule: STATUS_RULE,
} as const;
