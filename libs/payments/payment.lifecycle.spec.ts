import {
  answered,
  declined,
  dispute,
  gone,
  requiresAction,
  settled,
  settlementFailed,
} from '../testing/gateway-words.js';
import {
  approve,
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  confirm,
  increment,
  initiated,
  purchased,
  refund,
  refunded,
  reject,
  resolve,
  retry,
  REVIEW,
} from '../testing/payment-steps.js';
import { given, type Step, type Steps } from '../testing/payment-story.js';
import { PAYMENT_STATUSES, type PaymentStatus } from './payment-status.js';
import { decide } from './payment.decide.js';
import {
  COMMAND_TABLE,
  FINAL_STATUSES,
  LIFECYCLE,
  LIFECYCLE_COMMANDS,
  type LifecycleCommand,
} from './payment.lifecycle.js';

/** Every status, by the shortest lives that lead to it. */
const LIVES: Record<PaymentStatus, readonly (readonly Steps[])[]> = {
  INITIATED: [[initiated()]],
  UNDER_REVIEW: [[initiated('10.00', { risk: REVIEW })]],
  PROCESSING: [
    [initiated(), attempt()],
    [initiated(), attempt(), answered(declined('do_not_honor'))],
  ],
  REQUIRES_ACTION: [[initiated(), attempt(), answered(requiresAction())]],
  AUTHORIZED: [
    [initiated(), authorized()],
    [initiated(), authorized(), captured('4.00')],
  ],
  CAPTURED: [
    [automatic(), purchased()],
    [initiated(), authorized(), captured()],
  ],
  COMPLETED: [
    [automatic(), purchased(undefined, { settled: true })],
    [automatic(), purchased(), settled()],
  ],
  REFUND_INITIATED: [[automatic(), purchased(), refund('4.00'), answered(approvedLater())]],
  PARTIALLY_REFUNDED: [[automatic(), purchased(), refunded('4.00')]],
  REFUNDED: [[automatic(), purchased(), refunded()]],
  DISPUTED: [[automatic(), purchased(), dispute('opened')]],
  FAILED: [
    [initiated(), attempt(), answered(declined())],
    [automatic(), purchased(), settlementFailed()],
  ],
  CANCELLED: [[initiated(), cancel()]],
  EXPIRED: [[initiated(), authorized(), gone()]],
};

/** A command that no limit or money rule refuses where the status accepts it. */
const COMMANDS: Record<LifecycleCommand, Step> = {
  create: initiated(),
  confirm: confirm(),
  capture: capture('1.00'),
  cancel: cancel(),
  increment_authorization: increment('12.00'),
  retry: retry(),
  refund: refund('1.00'),
  approve: approve(),
  reject: reject(),
  resolve: resolve(),
};

/** Where the table accepts, but the life at hand meets a rule of its own: the refusal. */
const BY_RULE: { readonly [pair: string]: readonly string[] } = {
  // A failed attempt has nothing to refund; a failed settlement has captured, so it is no longer to be tried again.
  'FAILED refund': ['ILLEGAL_TRANSITION'],
  'FAILED retry': ['RETRY_NOT_ALLOWED'],
};

function approvedLater() {
  return () => ({ outcome: 'pending', reference: 'ref' }) as const;
}

const PAIRS = PAYMENT_STATUSES.flatMap((status) =>
  LIVES[status].flatMap((life, index) =>
    LIFECYCLE_COMMANDS.map((command) => ({ status, command, life, index })),
  ),
);

describe('the published table holds for every status and command (I-17)', () => {
  it.each(PAIRS)('$status (life $index), $command', ({ status, command, life }) => {
    const story = given(...life);
    expect(story.payment?.status).toBe(status);
    const made = COMMANDS[command](story.payment, story.now);
    if (!('type' in made)) throw new Error('not a command');
    const decision = decide(story.payment, made);
    const verdict = COMMAND_TABLE[status][command];
    if (command === 'create') {
      expect(decision).toMatchObject({ accepted: false, code: 'PAYMENT_EXISTS' });
    } else if (command === 'resolve') {
      // Looks at no status: only at whether something needs it, and here nothing does.
      expect(decision).toMatchObject({ accepted: false, code: 'NOTHING_TO_RESOLVE' });
    } else if (verdict !== 'accepted') {
      const busy = status === 'PROCESSING' ? 'OPERATION_IN_PROGRESS' : verdict;
      expect(decision).toMatchObject({ accepted: false, code: busy });
    } else if (!decision.accepted) {
      expect(BY_RULE[`${status} ${command}`]).toContain(decision.code);
    }
  });

  it.each(PAYMENT_STATUSES.filter((status) => !FINAL_STATUSES.includes(status)))(
    '%s: each command that it accepts is accepted in one of its lives',
    (status) => {
      const accepted = LIFECYCLE_COMMANDS.filter((command) => {
        if (command === 'resolve' || COMMAND_TABLE[status][command] !== 'accepted') return false;
        return !LIVES[status].some((life) => {
          const story = given(...life);
          const made = COMMANDS[command](story.payment, story.now);
          return 'type' in made && decide(story.payment, made).accepted;
        });
      });
      expect(accepted).toEqual([]);
    },
  );

  it('names nothing but statuses and commands that exist', () => {
    expect(Object.keys(COMMAND_TABLE)).toEqual([...PAYMENT_STATUSES]);
    for (const transition of LIFECYCLE.transitions) {
      for (const status of [...transition.from, ...transition.to]) {
        expect([null, 'by_the_rule', ...PAYMENT_STATUSES]).toContain(status);
      }
    }
  });

  it('accepts no command in a status that is final', () => {
    expect(
      PAYMENT_STATUSES.filter((status) =>
        LIFECYCLE_COMMANDS.every(
          (command) =>
            command === 'resolve' || COMMAND_TABLE[status][command] === 'ILLEGAL_TRANSITION',
        ),
      ),
    ).toEqual(['REFUNDED', 'CANCELLED', 'EXPIRED']);
  });
});
