import {
  answered,
  approved,
  declined,
  dispute,
  lateApproval,
  requiresAction,
  takenOver,
} from '../testing/gateway-words.js';
import {
  approve,
  attempt,
  authorized,
  automatic,
  cancel,
  capture,
  captured,
  fail,
  initiated,
  purchased,
  purchasedTwice,
  retry,
  REVIEW,
  riskAlarm,
  startCapture,
  startUndo,
  startVoid,
} from '../testing/payment-steps.js';
import { existing, given, type Steps } from '../testing/payment-story.js';
import { nextStep } from './payment.next-step.js';
import { approvalBeneath } from './payment.questions.js';

const WEEK_S = 7 * 86_400;
const declinedTwice = [
  automatic(),
  attempt('purchase', 'alpha'),
  answered(declined('do_not_honor')),
  attempt('purchase', 'beta'),
  answered(declined('do_not_honor')),
];
/** A part is captured, and more than that in dispute: a rule is broken while something is still held. */
const stoppedWhileHeld = [
  initiated(),
  authorized(),
  captured('4.00'),
  dispute('opened', { intent: 2, amount: '5.00' }),
];
/** A cancel was declined, and the customer acted all the same. */
const wishedVoid = [
  initiated(),
  attempt(),
  answered(requiresAction()),
  cancel(),
  answered(declined()),
  answered(approved(), { intent: 1 }),
];
/** The capture was declined; another life is authorized. */
const authorizedAgain = [
  automatic(),
  authorized(),
  startCapture('automatic'),
  answered(declined()),
  startVoid('capture_declined'),
  answered(approved()),
  retry(),
  attempt(),
  answered(approved()),
];
/** The capture of an earlier life was approved after all, and the attempt of this one declined. */
const restsOnOldAgain = [
  automatic(),
  authorized(),
  startCapture('automatic'),
  answered(declined()),
  startVoid('capture_declined'),
  answered(approved()),
  retry(),
  attempt('purchase', 'beta'),
  lateApproval({ intent: 2 }),
  answered(declined('do_not_honor'), { intent: 4 }),
];

/** A step is planned on what was read; whoever was faster decides whether it is still due. */
describe('a step of our own that was planned before the payment went on', () => {
  it.each<[string, readonly Steps[]]>([
    ['was cancelled', [initiated(), cancel()]],
    ['went to a person', [initiated('10.00', { risk: REVIEW })]],
    ['has an attempt under way', [initiated(), attempt(), takenOver()]],
    ['was authorized', [initiated(), authorized()]],
    ['was found captured in an earlier life', restsOnOldAgain],
    [
      'was stopped',
      [
        ...declinedTwice,
        lateApproval({ intent: 1 }),
        startUndo(1),
        answered(approved()),
        dispute('opened', { intent: 1 }),
      ],
    ],
  ])('opens no attempt and ends nothing where it %s', (_, steps) => {
    given(...steps)
      .when(attempt('authorize', 'gamma'))
      .thenNothing()
      .when(fail('no_gateway_available'))
      .thenNothing();
  });

  it('is no attempt either where the capture of an earlier life was approved after all', () => {
    const { payment } = given(...restsOnOldAgain);
    expect(nextStep(existing(payment))).toEqual({ step: 'none' });
  });

  it.each<[string, readonly Steps[]]>([
    ['went to a person', [initiated(), authorized(), riskAlarm()]],
    ['has another capture under way', [initiated(), authorized(), capture('4.00')]],
    ['was stopped', stoppedWhileHeld],
    ['is being voided', wishedVoid],
  ])('captures nothing where it %s', (_, steps) => {
    given(...steps)
      .when(startCapture())
      .thenNothing();
  });

  it.each<[string, readonly Steps[]]>([
    ['has a capture under way', [initiated(), authorized(), capture('4.00')]],
    ['was captured for good', [initiated(), authorized(), captured('4.00', { final: true })]],
    ['was stopped', stoppedWhileHeld],
  ])('voids nothing at the end of the window where it %s', (_, steps) => {
    given(...steps)
      .later(WEEK_S)
      .when(startVoid('expiry'))
      .thenNothing();
  });

  it('voids from the very end of the window on, not a moment before', () => {
    given(initiated(), authorized())
      .later(WEEK_S - 2)
      .when(startVoid('expiry'))
      .thenNothing()
      .when(startVoid('expiry'))
      .thenEvents('VoidRequested');
  });

  it.each<[string, readonly Steps[]]>([
    ['nothing was declined', [automatic(), authorized()]],
    ['a cancel was', [automatic(), authorized(), cancel(), answered(declined())]],
    ['a capture by hand was', [initiated(), authorized(), capture(), answered(declined())]],
    ['the capture of an earlier life was', authorizedAgain],
  ])('voids for a declined capture only where one of its own was: %s', (_, steps) => {
    given(...steps)
      .when(startVoid('capture_declined'))
      .thenNothing();
  });

  it('is the capture of this life, whatever became of that of an earlier one', () => {
    const { payment } = given(...authorizedAgain);
    expect(nextStep(existing(payment))).toMatchObject({ step: 'capture', trigger: 'automatic' });
    expect(approvalBeneath(existing(payment), 5)?.intent).toBe(4);
    expect(approvalBeneath(existing(payment), 2)?.intent).toBe(1);
  });

  it('voids for a cancel only what somebody cancelled', () => {
    given(initiated(), authorized()).when(startVoid('cancel')).thenNothing();
  });

  it('gives back neither what the payment rests on nor what was given back, and nothing meanwhile', () => {
    given(automatic(), purchased()).when(startUndo(1)).thenNothing();
    given(initiated(), authorized(), captured()).when(startUndo(2)).thenNothing();
    given(automatic(), purchasedTwice(), startUndo(1), answered(approved()))
      .when(startUndo(1))
      .thenNothing();
    given(...declinedTwice, attempt('purchase', 'gamma'), lateApproval({ intent: 1 }))
      .when(startUndo(1))
      .thenNothing();
  });
});

describe('an alarm of a later risk assessment', () => {
  it.each<[string, readonly Steps[]]>([
    ['was cancelled', [initiated(), cancel()]],
    ['failed', [initiated(), attempt(), answered(declined())]],
    ['waits for a person already', [initiated('10.00', { risk: REVIEW })]],
    ['was not authorized yet', [initiated('10.00', { risk: REVIEW }), approve()]],
    ['was captured in part', [initiated(), authorized(), captured('4.00')]],
    ['is being voided', wishedVoid],
  ])('changes nothing of a payment that %s', (_, steps) => {
    given(...steps)
      .when(riskAlarm())
      .thenNothing();
  });
});
