import { decide } from '../../libs/payments/payment.decide.js';
import type { PaymentCommand } from '../../libs/payments/payment.commands.js';
import type { PaymentEvent } from '../../libs/payments/payment.events.js';
import { evolveRecorded } from '../../libs/payments/payment.evolve.js';
import type { Payment } from '../../libs/payments/payment.state.js';

/** Commands a CPU second of the domain alone: no store, no clock, no ids. */
export interface PureCore {
  readonly commands: number;
  readonly events: number;
  /** All seven commands of a payment's life, those of the orchestrator included. */
  readonly commandsPerCpuSecond: number;
  /** Create, capture and refund alone. */
  readonly clientCommandsPerCpuSecond: number;
}

const WARM_UP_PAYMENTS = 20_000;
const PAYMENTS = 300_000;
const KEPT_MAX = 1_000;
const AT = '2026-01-01T10:00:00.000Z';
const LATER = '2026-01-09T10:00:00.000Z';
/** A payment's events come with their metadata beside them, as from the store. */
const RECORDED = { at: AT, call: undefined, answers: undefined };
const KEY = '0190f3c2-a7b8-7c3e-9d1f-2a3b4c5d6e7f';

const routing = {
  by: 'configured_order',
  gateways: ['alpha'],
  fallenOut: {},
  rulesVersion: 0,
  rule: null,
  scored: null,
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

/** One command decided on the payment as it is folded so far; its events are folded too, and kept. */
function step(payment: Payment | null, command: PaymentCommand, kept: PaymentEvent[]): Payment {
  const decision = decide(payment, command);
  if (!decision.accepted) throw new Error(`${command.type}: ${decision.code}`);
  let after = payment;
  for (const event of decision.events) {
    after = evolveRecorded(after, event, RECORDED);
    kept.push(event);
  }
  if (after === null) throw new Error(`${command.type} led to no payment`);
  return after;
}

/** A payment from its creation to its refund. */
function life(): readonly PaymentEvent[] {
  let payment: Payment | null = null;
  const events: PaymentEvent[] = [];
  for (const command of COMMANDS) payment = step(payment, command, events);
  if (payment?.status !== 'REFUNDED') throw new Error(`ended as ${payment?.status}`);
  return events;
}

const CLIENT_COMMANDS: ReadonlySet<string> = new Set([
  'CreatePayment',
  'CapturePayment',
  'RefundPayment',
]);

/** What a client asks for alone, each on the payment as folded from all that came before it. */
function clientCommands(): readonly { readonly before: Payment | null; command: PaymentCommand }[] {
  let payment: Payment | null = null;
  const found = COMMANDS.map((command) => {
    const before = payment;
    payment = step(payment, command, []);
    return { before, command };
  });
  return found.filter(({ command }) => CLIENT_COMMANDS.has(command.type));
}

const ASKED = clientCommands();

function asked(): readonly PaymentEvent[] {
  const events: PaymentEvent[] = [];
  for (const { before, command } of ASKED) step(before, command, events);
  return events;
}

/** Commands a CPU second, all threads of the engine included, and the events of the measured part. */
function measured(one: () => readonly PaymentEvent[], commandsOfOne: number) {
  run(one, WARM_UP_PAYMENTS);
  const before = process.cpuUsage();
  const events = run(one, PAYMENTS);
  const { user, system } = process.cpuUsage(before);
  const commands = PAYMENTS * commandsOfOne;
  return { commands, events, rate: Math.round((commands * 1_000_000) / (user + system)) };
}

function run(one: () => readonly PaymentEvent[], times: number): number {
  const kept: (readonly PaymentEvent[])[] = [];
  let count = 0;
  for (let nth = 0; nth < times; nth += 1) {
    // Kept for a while, so that nothing of them is optimised away.
    const events = one();
    kept[nth % KEPT_MAX] = events;
    count += events.length;
  }
  return count;
}

const lives = measured(life, COMMANDS.length);
const client = measured(asked, ASKED.length);
const { commands, events } = lives;
process.send?.({
  commands,
  events,
  commandsPerCpuSecond: lives.rate,
  clientCommandsPerCpuSecond: client.rate,
} satisfies PureCore);
process.disconnect();
