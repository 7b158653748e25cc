import { nextStep, type NextStep } from '../payments/payment.next-step.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';

/** Why the processor has to look at the payment without anybody's command; null: it need not. */
export function waitText(payment: Payment): string | null {
  const open = openIntentOf(payment);
  if (open !== null) return `has waited for a gateway's word since ${open.requestedAt}`;
  const step = nextStep(payment);
  if (step.step === 'none') return null;
  return `has ${STEP_TEXT[step.step]} due ${step.at === null ? 'at once' : `at ${step.at}`}`;
}

const STEP_TEXT: Record<Exclude<NextStep['step'], 'none'>, string> = {
  learn: 'a question to its gateway',
  ask_action: 'a question about its action',
  attempt: 'an attempt',
  capture: 'a capture',
  void: 'a void',
  undo: 'the giving back of another approval',
  ask_authorization: 'a look at the end of its authorization',
};
