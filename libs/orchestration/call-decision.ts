import type { RecordedEvent } from '../event-store/event-store.js';
import { decide } from '../payments/payment.decide.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { evolve } from '../payments/payment.evolve.js';
import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import { refusedAdmission } from './admission.js';
import { RETRY_AFTER_S } from './call-answer.js';
import { commandOf } from './call-commands.js';
import { askedFirst } from './call-questions.js';
import { verdictOn } from './call-verdict.js';
import { hooksVeto } from './hooks/call-veto.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { CallRefusalCode, PaymentCall } from './payment-calls.js';
import type { PaymentWork } from './payment-work.js';

export type DecidedCall =
  | { readonly accepted: true; readonly events: readonly PaymentEvent[]; readonly at: string }
  | {
      readonly accepted: false;
      readonly code: CallRefusalCode;
      readonly detail: string;
      readonly retryAfterS: number | null;
    };

/** What was paid twice can't be taken back: nobody's word frees the amount before the gateway's. */
const REFUND_PENDING: DecidedCall = {
  accepted: false,
  code: 'RESOLUTION_NOT_POSSIBLE',
  detail: 'The gateway says that this refund is pending: its end comes from there.',
  retryAfterS: null,
};

/** What a client's call comes to on the payment in hand, with the word of those who are asked before its first event. */
export async function decideCall(
  ports: OrchestrationPorts,
  call: PaymentCall,
  { work, events }: { readonly work: PaymentWork; readonly events: readonly RecordedEvent[] },
): Promise<DecidedCall> {
  const at = work.now();
  const { payment } = work;
  const risk = await verdictOn(ports, call, { payment, events, at });
  const command = commandOf(ports, payment, { call, at, risk });
  const first = decide(work.payment, command);
  // The gateway's word wins over an operator's, and tells of the customer's act; a dry run asks nobody.
  const asked = call.dryRun ? null : await askedFirst(ports, work, { call, first, at });
  const accepted = (decided: readonly PaymentEvent[]): DecidedCall => {
    return { accepted: true, events: takingOver(payment, call, { events: decided, at }), at };
  };
  if (asked === 'pending') return REFUND_PENDING;
  if (asked !== null) return accepted(asked);
  if (!first.accepted) {
    // A create that finds its stream without its key: the id belongs to another key's payment.
    const code = first.code === 'PAYMENT_EXISTS' ? 'IDEMPOTENCY_KEY_REUSED' : first.code;
    const retryAfterS = first.code === 'OPERATION_IN_PROGRESS' ? RETRY_AFTER_S : null;
    return { accepted: false, code, detail: first.detail, retryAfterS };
  }
  const refused = refusedAdmission(ports, first.events);
  if (refused !== null) return { accepted: false, code: 'GATEWAY_UNAVAILABLE', ...refused };
  const veto = await hooksVeto(ports, call, { payment, events: first.events });
  if (veto !== null) {
    return { accepted: false, code: 'HOOK_VETOED', detail: veto, retryAfterS: null };
  }
  return accepted(first.events);
}

/**
 * A resolution ends the call before it, also one that is still at work: its intent is taken over in the same append,
 * so that both calls are at rest and only the gateway's word closes it.
 */
function takingOver(
  payment: Payment | null,
  { request }: PaymentCall,
  { events, at }: { readonly events: readonly PaymentEvent[]; readonly at: string },
): readonly PaymentEvent[] {
  if (request.command !== 'resolve' || payment === null) return events;
  const after = events.reduce<Payment>((state, event) => evolve(state, { ...event, at }), payment);
  const open = openIntentOf(after);
  if (open === null) return events;
  const reason = 'an operator resolved the payment meanwhile';
  const takeOver = decide(after, { type: 'TakeOver', intent: open.intent, reason, at });
  return takeOver.accepted ? [...events, ...takeOver.events] : events;
}
