import type { GatewayAnswer } from '../payments/gateway-answer.js';
import { settledOf, type BookEntry, type ModelGatewayBooks } from './model-gateway-books.js';
import type { Choose } from './seeded-random.js';

/** What happens at a model gateway without a call; all but some ends of authorizations are told in its feed. */
export class ModelGatewayFacts {
  constructor(
    private readonly books: ModelGatewayBooks,
    private readonly choose: Choose,
  ) {}

  happen(): void {
    const kinds = [
      () => this.customerActs(),
      () => this.pendingEnds(),
      () => this.settles(),
      () => this.disputeMoves(),
      () => this.authorizationEnds(),
      () => this.refundFails(),
    ];
    kinds[this.choose(kinds.length)]?.();
  }

  /** What waits for the customer or for the gateway itself ends. */
  finish(): void {
    const { entries, disputes } = this.books;
    for (const entry of entries.values()) {
      if (entry.answer.outcome === 'pending') this.end(entry, true);
      if (entry.answer.outcome === 'requires_action') this.end(entry, false);
    }
    for (const dispute of disputes) if (dispute.open) this.closeDispute(dispute, false);
    for (const entry of entries.values()) if (isTaken(entry)) this.settle(entry, 'settled');
  }

  private customerActs(): void {
    const waiting = this.books.pick((entry) => entry.answer.outcome === 'requires_action');
    if (waiting !== undefined) this.end(waiting, this.choose(3) > 0);
  }

  private pendingEnds(): void {
    const waiting = this.books.pick((entry) => entry.answer.outcome === 'pending');
    if (waiting !== undefined) this.end(waiting, this.choose(3) > 0);
  }

  private end(entry: BookEntry, well: boolean): void {
    const { call } = entry;
    if (call.operation === 'refund') {
      const account = this.books.account(call);
      if (!well) account.refunded -= call.amount;
      entry.answer = well
        ? this.books.approve(this.books.referenceOf(call.key), call.amount)
        : this.books.decline();
      this.books.tell(call.key, call.amount, { type: well ? 'refund_succeeded' : 'refund_failed' });
      return;
    }
    const account = this.books.accounts.get(this.books.referenceOf(call.key));
    // Released while it waited: the act comes too late.
    if (account === undefined || (account.state !== 'action' && account.state !== 'pending'))
      return;
    if (!well) {
      account.state = 'declined';
      entry.answer = this.books.decline();
      const code = 'authentication_failed';
      this.books.tell(call.key, call.amount, { type: 'operation_declined', code, message: 'No.' });
      return;
    }
    entry.answer = this.books.open(account, call.amount);
    entry.settlement = settledOf(entry.answer);
    const { reference } = account;
    const settled = entry.settlement === 'settled';
    this.books.tell(call.key, call.amount, {
      type: 'operation_approved',
      reference,
      expiresAt: null,
      settled,
    });
  }

  private settles(): void {
    const taken = this.books.pick((entry) => isTaken(entry) && entry.settlement !== 'settled');
    if (taken !== undefined) this.settle(taken, this.choose(4) === 0 ? 'failed' : 'settled');
  }

  private settle(taken: BookEntry, settlement: 'settled' | 'failed'): void {
    taken.settlement = settlement;
    const type = settlement === 'failed' ? 'settlement_failed' : 'settled';
    this.books.tell(taken.call.key, approvedAmount(taken.answer), { type });
  }

  private disputeMoves(): void {
    const open = this.books.disputes.filter((dispute) => dispute.open);
    if (open.length > 0) {
      const dispute = open[this.choose(open.length)];
      if (dispute !== undefined) this.closeDispute(dispute, this.choose(2) === 0);
      return;
    }
    const taken = this.books.pick(isTaken);
    if (taken === undefined || this.books.disputes.length > 2) return;
    const amount = approvedAmount(taken.answer) / (this.choose(2) === 0 ? 1n : 2n);
    if (amount === 0n) return;
    const id = `${this.books.name}-dispute-${this.books.disputes.length}`;
    this.books.disputes.push({ id, key: taken.call.key, amount, open: true });
    this.books.accountOf(taken.call).disputed += amount;
    this.books.tell(taken.call.key, amount, { type: 'dispute_opened', disputeId: id });
  }

  private closeDispute(dispute: ModelGatewayBooks['disputes'][number], won: boolean): void {
    dispute.open = false;
    const entry = this.books.entries.get(dispute.key);
    if (entry !== undefined && won) this.books.accountOf(entry.call).disputed -= dispute.amount;
    const type = won ? 'dispute_won' : 'dispute_lost';
    this.books.tell(dispute.key, dispute.amount, { type, disputeId: dispute.id });
  }

  private authorizationEnds(): void {
    const held = [...this.books.accounts.values()].filter((account) => account.state === 'held');
    const account = held[this.choose(held.length + 1)];
    if (account === undefined) return;
    account.state = 'gone';
    if (this.choose(2) === 0) return;
    const key = account.reference.slice(this.books.name.length + 1);
    this.books.tell(key, account.authorized, { type: 'authorization_gone' });
  }

  private refundFails(): void {
    const done = this.books.pick(
      ({ call, answer }) => call.operation === 'refund' && answer.outcome === 'approved',
    );
    if (done === undefined || this.choose(2) === 0) return;
    this.books.account(done.call).refunded -= done.call.amount;
    done.answer = this.books.decline();
    this.books.tell(done.call.key, done.call.amount, { type: 'refund_failed' });
  }
}

function isTaken({ call, answer }: BookEntry): boolean {
  const takes = call.operation === 'capture' || call.operation === 'purchase';
  return takes && answer.outcome === 'approved';
}

function approvedAmount(answer: GatewayAnswer): bigint {
  return answer.outcome === 'approved' ? answer.amount : 0n;
}
