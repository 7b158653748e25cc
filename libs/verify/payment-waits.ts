import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';

/** Whether the processor has to look at the payment without anybody's command, now or at some time. */
export function isWaiting(payment: Payment): boolean {
  return dueStep(payment) !== null;
}

/** Why it has to; null: it need not. */
export function waitText(payment: Payment): string | null {
  const step = dueStep(payment);
  if (step === null) return null;
  const open = openIntentOf(payment);
  if (open !== null) return `has waited for a gateway's word since ${open.requestedAt}`;
  return `has ${STEP_TEXT[step.step]} due ${step.at === null ? 'at once' : `at ${step.at}`}`;
}

type DueStep = Exclude<NextStep, { readonly step: 'none' }>;

/** With an open intent it is to learn what became of that. */
function dueStep(payment: Payment): DueStep | null {
  const step = nextStep(payment);
  return step.step === 'none' ? null : step;
}

const STEP_TEXT: Record<DueStep['step'], string> = {
  learn: 'a question to its gateway',
  ask_action: 'a question about its action',
  attempt: 'an attempt',
  capture: 'a capture',
  void: 'a void',
  undo: 'the giving back of another approval',
  ask_authorization: 'a look at the end of its authorization',
};
