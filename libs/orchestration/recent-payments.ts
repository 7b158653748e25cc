import type { Payment } from '../payments/payment.state.js';
import { openIntentOf } from '../payments/payment.totals.js';
import type { OrchestrationPorts } from './orchestration.js';
import type { CommandName, PaymentCall } from './payment-calls.js';
import { PaymentWork, type KnownPayment } from './payment-work.js';

/** All that is kept, roughly. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Payments as this process left them. A capture or refund often follows within moments, and is then decided without a
 * read: its first append finds out whether the stream still ends there. Only that makes it true. Whatever comes of it
 * without an append (a refusal, a conflict) is decided anew on the stream.
 */
export class RecentPayments {
  /** Those left longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(
    private readonly ports: Pick<OrchestrationPorts, 'store' | 'clock' | 'chance' | 'hooks'>,
    private readonly bytesMax = KEPT_BYTES_MAX,
  ) {}

  /**
   * What the call can be decided on, forgotten here until it is left again: who calls beside it reads. Null: the stream
   * is read first, as it is for a repeat of which we know, and where others would be asked about the call.
   */
  workOn(call: PaymentCall): PaymentWork | null {
    const known = this.#kept.get(call.paymentId)?.known;
    if (known === undefined || !this.#admits(call, known)) return null;
    this.#forget(call.paymentId);
    return PaymentWork.ofKnown(this.ports, call, known);
  }

  /** Takes the payment as the work leaves it, where further commands may follow. */
  leave({ known }: PaymentWork): void {
    if (known === null) return;
    const { id } = known.payment;
    this.#forget(id);
    if (!mayBeFollowed(known.payment)) return;
    const bytes = bytesOf(known);
    this.#kept.set(id, { known, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.bytesMax) break;
      this.#forget(oldest);
    }
  }

  #admits(call: PaymentCall, { payment, calls }: KnownPayment): boolean {
    const { request, tenant, idempotency, expectedRevision, dryRun } = call;
    if (!DECIDED_ALONE.has(request.command) || dryRun) return false;
    if (tenant !== null && tenant !== payment.merchantId) return false;
    if (idempotency !== null && calls.includes(idempotency.keyHash)) return false;
    if (expectedRevision !== null && expectedRevision !== payment.revision) return false;
    // The call may be a repeat that another process knows, and nobody is asked of one.
    const hooked = request.command === 'capture' || request.command === 'refund';
    return !hooked || !this.ports.hooks.asksBefore(request.command);
  }

  #forget(paymentId: string): void {
    const kept = this.#kept.get(paymentId);
    if (kept === undefined) return;
    this.#kept.delete(paymentId);
    this.#bytes -= kept.bytes;
  }
}

interface Kept {
  readonly known: KnownPayment;
  readonly bytes: number;
}

/** Commands that take nothing but the payment: no verdict, and no question to a gateway before they are decided. */
const DECIDED_ALONE: ReadonlySet<CommandName> = new Set<CommandName>([
  'capture',
  'refund',
  'cancel',
  'increment_authorization',
]);

const FOLLOWED: ReadonlySet<Payment['status']> = new Set<Payment['status']>([
  'AUTHORIZED',
  'CAPTURED',
  'COMPLETED',
  'PARTIALLY_REFUNDED',
]);

/** A payment that captures itself is mostly done with: to keep it would cost every create more than its few refunds. */
function mayBeFollowed(payment: Payment): boolean {
  const { captureMethod, status, openCall } = payment;
  if (captureMethod === 'automatic' || !FOLLOWED.has(status)) return false;
  return openCall === null && openIntentOf(payment) === null;
}

/** With its short texts, and those of one operation. */
const PAYMENT_BYTES = 2_500;
const OPERATION_BYTES = 1_500;
const NAME_BYTES = 150;

/** About what is kept takes in memory, rather more than less: texts count with two bytes a character. */
function bytesOf({ payment, calls }: KnownPayment): number {
  const { operations, facts, disputes, closedByHand, description, metadata } = payment;
  const names = calls.length + facts.length + disputes.length + closedByHand.length;
  let chars = description?.length ?? 0;
  for (const { message } of operations) chars += message?.length ?? 0;
  for (const name in metadata) chars += name.length + (metadata[name]?.length ?? 0);
  return PAYMENT_BYTES + OPERATION_BYTES * operations.length + NAME_BYTES * names + 2 * chars;
}
