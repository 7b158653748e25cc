import type { OrchestrationPorts } from './orchestration.js';
import type { PaymentCall } from './payment-calls.js';

/** Creates of this process that are remembered, so that their repeats are found by reading. */
const REMEMBERED_MAX = 40_000;

/**
 * Which creates are decided before their stream was read. Nearly every create is the first with its id, and its first
 * append finds out whether it is: the store refuses it where the stream exists. A read before would tell the same, at
 * the cost of a round trip for each payment.
 */
export class UnreadCreates {
  /** Two halves: when the newer one is full, the older one is forgotten. */
  #newer = new Set<string>();
  #older = new Set<string>();

  constructor(private readonly ports: Pick<OrchestrationPorts, 'hooks' | 'risk'>) {}

  /** Remembers a create; false where reading comes first: a likely repeat, or one of which others would be asked. */
  admits(call: PaymentCall): boolean {
    const { request, paymentId, dryRun, expectedRevision } = call;
    if (request.command !== 'create' || dryRun || expectedRevision !== null) return false;
    // A repeat asks nobody.
    const { hooks, risk } = this.ports;
    return !hooks.asksBefore('authorize') && risk.asksNobody && this.#addNew(paymentId);
  }

  /** False: it is remembered already. */
  #addNew(paymentId: string): boolean {
    if (this.#newer.has(paymentId) || this.#older.has(paymentId)) return false;
    if (this.#newer.size >= REMEMBERED_MAX / 2) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(paymentId);
    return true;
  }
}
