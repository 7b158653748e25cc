import { decide } from '../../libs/payments/payment.decide.js';
import type { PaymentCommand } from '../../libs/payments/payment.commands.js';
import type { PaymentEvent } from '../../libs/payments/payment.events.js';
import { evolve } from '../../libs/payments/payment.evolve.js';
import type { Payment } from '../../libs/payments/payment.state.js';

/** Commands a CPU second of the domain alone: no store, no clock, no ids. */
export interface PureCore {
  readonly commands: number;
  readonly events: number;
  readonly commandsPerCpuSecond: number;
}

const WARM_UP_PAYMENTS = 20_000;
const PAYMENTS = 100_000;
const KEPT_MAX = 1_000;
const AT = '2026-01-01T10:00:00.000Z';
const LATER = '2026-01-09T10:00:00.000Z';
const KEY = '0190f3c2-a7b8-7c3e-9d1f-2a3b4c5d6e7f';

const routing = {
  gateway: 'alpha',
  candidates: [],
  weights: null,
  rulesVersion: 0,
  rule: null,
  scoring: 0,
} as const;

function approved(intent: number): PaymentCommand {
  const answer = {
    outcome: 'approved',
    reference: 'ref-1',
    amount: 1000n,
    currency: 'EUR',
    expiresAt: LATER,
    settled: true,
    authorizationGone: false,
  } as const;
  const times = { at: AT, defaultExpiresAt: LATER, actionTimesOutAt: LATER };
  return { type: 'RecordAnswer', intent, answer, soleSender: true, otherGateway: false, ...times };
}

/** A manual payment that is captured and refunded: seven commands, each decided on what those before it made. */
const COMMANDS: readonly PaymentCommand[] = [
  {
    type: 'CreatePayment',
    paymentId: 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f',
    merchantId: 'mer_local',
    amount: 1000n,
    currency: 'EUR',
    captureMethod: 'manual',
    captureAfterS: null,
    paymentMethod: {
      type: 'card',
      token: 'tok_approve',
      network: null,
      country: null,
      last4: null,
    },
    customerId: 'cus_1',
    orderId: 'order-1',
    description: null,
    metadata: null,
    customerIpHash: null,
    customerEmailHash: null,
    risk: { verdict: 'approve', score: 0, reasons: [] },
    at: AT,
  },
  { type: 'StartAttempt', operation: 'authorize', gateway: 'alpha', routing, key: KEY, at: AT },
  approved(1),
  { type: 'CapturePayment', amount: null, final: true, unsupported: false, key: KEY, at: AT },
  approved(2),
  {
    type: 'RefundPayment',
    refundId: `ref_${KEY}`,
    amount: null,
    reason: null,
    windowDays: 180,
    unsupported: false,
    key: KEY,
    at: AT,
  },
  approved(3),
];

function life(): readonly PaymentEvent[] {
  let payment: Payment | null = null;
  const events: PaymentEvent[] = [];
  for (const command of COMMANDS) {
    const decision = decide(payment, command);
    if (!decision.accepted) throw new Error(`${command.type}: ${decision.code}`);
    for (const event of decision.events) {
      payment = evolve(payment, { ...event, at: AT });
      events.push(event);
    }
  }
  if (payment?.status !== 'REFUNDED') throw new Error(`ended as ${payment?.status}`);
  return events;
}

function run(payments: number): number {
  const kept: (readonly PaymentEvent[])[] = [];
  let events = 0;
  for (let nth = 0; nth < payments; nth += 1) {
    // Kept for a while, so that nothing of them is optimised away.
    kept[nth % KEPT_MAX] = life();
    events += kept[nth % KEPT_MAX]?.length ?? 0;
  }
  return events;
}

run(WARM_UP_PAYMENTS);
const before = process.cpuUsage();
const events = run(PAYMENTS);
const { user, system } = process.cpuUsage(before);
const commands = PAYMENTS * COMMANDS.length;
const commandsPerCpuSecond = Math.round((commands * 1_000_000) / (user + system));
process.send?.({ commands, events, commandsPerCpuSecond } satisfies PureCore);
process.disconnect();
