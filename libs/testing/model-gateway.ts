import type { DeclineCode } from '../payments/failure-codes.js';
import type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';

/** What a call asks of the model gateway; `about`: the reference of the authorization or purchase beneath. */
export interface ModelCall {
  readonly operation: 'authorize' | 'purchase' | 'capture' | 'increment' | 'void' | 'refund';
  readonly key: string;
  readonly amount: bigint;
  readonly final: boolean;
  readonly about: string | null;
  /** Left out where the world holds one payment only. */
  readonly paymentId?: string;
}

/** A number from 0 to below `bound`, from whatever drives the model. */
export type Choose = (bound: number) => number;

interface Entry {
  readonly call: ModelCall;
  answer: GatewayAnswer;
  settlement: 'none' | 'settled' | 'failed';
}

/** What stands behind one authorize or purchase at the gateway. */
export interface Account {
  readonly reference: string;
  readonly purchase: boolean;
  authorized: bigint;
  captured: bigint;
  refunded: bigint;
  disputed: bigint;
  byHand: boolean;
  state: 'action' | 'pending' | 'held' | 'released' | 'gone' | 'declined';
}

const DECLINES: readonly DeclineCode[] = [
  'do_not_honor',
  'insufficient_funds',
  'try_again_later',
  'generic_decline',
];

/** Where this gateway names the end of an authorization. */
const WINDOW_END = '2026-03-20T00:00:00.000Z';

/**
 * A sane gateway with books: it honours keys, never moves more than an account holds, and tells later events in an
 * ordered feed. What it decides is chosen from outside, so that a run can be repeated and shrunk.
 */
export class ModelGateway {
  readonly entries = new Map<string, Entry>();
  readonly accounts = new Map<string, Account>();
  readonly feed: GatewayFact[] = [];
  readonly disputes: { id: string; key: string; amount: bigint; open: boolean }[] = [];
  /** From now on everything that is asked for is approved as asked, at once. */
  calm = false;

  constructor(
    readonly name: string,
    private readonly choose: Choose,
    private readonly windowEnd: () => string = () => WINDOW_END,
  ) {}

  perform(call: ModelCall): GatewayAnswer {
    const known = this.entries.get(call.key);
    if (known !== undefined) return known.answer;
    const answer = this.decided(call);
    this.entries.set(call.key, { call, answer, settlement: settledOf(answer) });
    return answer;
  }

  ask(key: string): GatewayAnswer | { readonly outcome: 'not_found' } {
    const entry = this.entries.get(key);
    if (entry?.answer.outcome !== 'approved') return entry?.answer ?? { outcome: 'not_found' };
    return { ...entry.answer, settled: entry.settlement === 'settled' };
  }

  /** Something that happens at the gateway by itself. */
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
    this.calm = true;
    for (const entry of this.entries.values()) {
      if (entry.answer.outcome === 'pending') this.end(entry, true);
      if (entry.answer.outcome === 'requires_action') this.end(entry, false);
    }
    for (const dispute of this.disputes) if (dispute.open) this.closeDispute(dispute, false);
    for (const entry of this.entries.values()) if (isTaken(entry)) this.settle(entry, 'settled');
  }

  /** An operator gives all of it back beside the gateway's calls. */
  giveBackByHand(key: string): void {
    const account = this.accounts.get(`${this.name}:${key}`);
    if (account !== undefined) account.byHand = true;
  }

  private decided(call: ModelCall): GatewayAnswer {
    switch (call.operation) {
      case 'authorize':
      case 'purchase':
        return this.attempted(call);
      case 'capture':
        return this.captured(call);
      case 'increment':
        return this.incremented(call);
      case 'void':
        return this.voided(call);
      case 'refund':
        return this.refunded(call);
    }
  }

  private attempted(call: ModelCall): GatewayAnswer {
    const reference = `${this.name}:${call.key}`;
    const account: Account = {
      reference,
      purchase: call.operation === 'purchase',
      authorized: 0n,
      captured: 0n,
      refunded: 0n,
      disputed: 0n,
      byHand: false,
      state: 'declined',
    };
    this.accounts.set(reference, account);
    const choice = this.calm ? 0 : this.choose(10);
    if (choice === 9) {
      account.state = 'action';
      return { outcome: 'requires_action', reference, redirectUrl: 'https://acs.example/act' };
    }
    if (choice === 8) {
      account.state = 'pending';
      return { outcome: 'pending', reference };
    }
    if (choice === 7 || choice === 6) return this.decline();
    return this.opened(account, choice === 5 && call.amount > 1n ? call.amount / 2n : call.amount);
  }

  private opened(account: Account, amount: bigint): GatewayAnswer {
    account.authorized = amount;
    account.captured = account.purchase ? amount : 0n;
    account.state = account.purchase ? 'released' : 'held';
    return this.approve(account.reference, amount, account.purchase && this.choose(2) === 0);
  }

  private captured(call: ModelCall): GatewayAnswer {
    const account = this.account(call);
    if (account.state !== 'held') return this.decline(true);
    if (call.amount > account.authorized - account.captured) return this.decline();
    if (!this.calm && this.choose(5) === 0) return this.decline();
    account.captured += call.amount;
    if (call.final || account.captured === account.authorized) account.state = 'released';
    return this.approve(`${this.name}:${call.key}`, call.amount, this.choose(2) === 0);
  }

  private incremented(call: ModelCall): GatewayAnswer {
    const account = this.account(call);
    if (account.state !== 'held') return this.decline(true);
    if (call.amount <= account.authorized || (!this.calm && this.choose(4) === 0)) {
      return this.decline();
    }
    account.authorized = call.amount;
    return this.approve(account.reference, call.amount);
  }

  private voided(call: ModelCall): GatewayAnswer {
    const account = this.account(call);
    const releasable = account.state === 'held' || account.state === 'action';
    if (!releasable) return this.decline(account.state === 'gone' && !account.purchase);
    if (!this.calm && this.choose(4) === 0) return this.decline();
    account.state = 'released';
    return this.approve(account.reference, call.amount);
  }

  private refunded(call: ModelCall): GatewayAnswer {
    const account = this.account(call);
    if (call.amount > account.captured - account.refunded) return this.decline();
    if (!this.calm && this.choose(5) === 0) return this.decline();
    account.refunded += call.amount;
    const reference = `${this.name}:${call.key}`;
    if (!this.calm && this.choose(4) === 0) return { outcome: 'pending', reference };
    return this.approve(reference, call.amount);
  }

  private customerActs(): void {
    const waiting = this.pick((entry) => entry.answer.outcome === 'requires_action');
    if (waiting !== undefined) this.end(waiting, this.choose(3) > 0);
  }

  private pendingEnds(): void {
    const waiting = this.pick((entry) => entry.answer.outcome === 'pending');
    if (waiting !== undefined) this.end(waiting, this.choose(3) > 0);
  }

  private end(entry: Entry, well: boolean): void {
    const { call } = entry;
    if (call.operation === 'refund') {
      const account = this.account(call);
      if (!well) account.refunded -= call.amount;
      entry.answer = well ? this.approve(`${this.name}:${call.key}`, call.amount) : this.decline();
      this.tell(call.key, call.amount, { type: well ? 'refund_succeeded' : 'refund_failed' });
      return;
    }
    const account = this.accounts.get(`${this.name}:${call.key}`);
    // Released while it waited: the act comes too late.
    if (account === undefined || (account.state !== 'action' && account.state !== 'pending'))
      return;
    if (!well) {
      account.state = 'declined';
      entry.answer = this.decline();
      const code = 'authentication_failed';
      this.tell(call.key, call.amount, { type: 'operation_declined', code, message: 'No.' });
      return;
    }
    entry.answer = this.opened(account, call.amount);
    entry.settlement = settledOf(entry.answer);
    const { reference } = account;
    const settled = entry.settlement === 'settled';
    this.tell(call.key, call.amount, {
      type: 'operation_approved',
      reference,
      expiresAt: null,
      settled,
    });
  }

  private settles(): void {
    const taken = this.pick((entry) => isTaken(entry) && entry.settlement !== 'settled');
    if (taken !== undefined) this.settle(taken, this.choose(4) === 0 ? 'failed' : 'settled');
  }

  private settle(taken: Entry, settlement: 'settled' | 'failed'): void {
    taken.settlement = settlement;
    const type = settlement === 'failed' ? 'settlement_failed' : 'settled';
    this.tell(taken.call.key, approvedAmount(taken.answer), { type });
  }

  private disputeMoves(): void {
    const open = this.disputes.filter((dispute) => dispute.open);
    if (open.length > 0) {
      const dispute = open[this.choose(open.length)];
      if (dispute !== undefined) this.closeDispute(dispute, this.choose(2) === 0);
      return;
    }
    const taken = this.pick(isTaken);
    if (taken === undefined || this.disputes.length > 2) return;
    const amount = approvedAmount(taken.answer) / (this.choose(2) === 0 ? 1n : 2n);
    if (amount === 0n) return;
    const id = `${this.name}-dispute-${this.disputes.length}`;
    this.disputes.push({ id, key: taken.call.key, amount, open: true });
    this.accountOf(taken.call).disputed += amount;
    this.tell(taken.call.key, amount, { type: 'dispute_opened', disputeId: id });
  }

  private closeDispute(dispute: ModelGateway['disputes'][number], won: boolean): void {
    dispute.open = false;
    const entry = this.entries.get(dispute.key);
    if (entry !== undefined && won) this.accountOf(entry.call).disputed -= dispute.amount;
    const type = won ? 'dispute_won' : 'dispute_lost';
    this.tell(dispute.key, dispute.amount, { type, disputeId: dispute.id });
  }

  private authorizationEnds(): void {
    const held = [...this.accounts.values()].filter((account) => account.state === 'held');
    const account = held[this.choose(held.length + 1)];
    if (account === undefined) return;
    account.state = 'gone';
    if (this.choose(2) === 0) return;
    const key = account.reference.slice(this.name.length + 1);
    this.tell(key, account.authorized, { type: 'authorization_gone' });
  }

  private refundFails(): void {
    const done = this.pick(
      ({ call, answer }) => call.operation === 'refund' && answer.outcome === 'approved',
    );
    if (done === undefined || this.choose(2) === 0) return;
    this.account(done.call).refunded -= done.call.amount;
    done.answer = this.decline();
    this.tell(done.call.key, done.call.amount, { type: 'refund_failed' });
  }

  private pick(fits: (entry: Entry) => boolean): Entry | undefined {
    const fitting = [...this.entries.values()].filter(fits);
    return fitting.length === 0 ? undefined : fitting[this.choose(fitting.length)];
  }

  /** The account that a call is about. A call about none is a bug of the caller. */
  private account(call: ModelCall): Account {
    const account = call.about === null ? undefined : this.accounts.get(call.about);
    if (account === undefined) throw new Error(`${call.operation} about nothing: ${call.about}`);
    return account;
  }

  private accountOf(call: ModelCall): Account {
    const own = this.accounts.get(`${this.name}:${call.key}`);
    return own ?? this.account(call);
  }

  private tell(key: string, amount: bigint, kind: GatewayFact['kind']): void {
    const id = `${this.name}-${this.feed.length}`;
    const reference = `${this.name}:${key}`;
    const paymentId = this.entries.get(key)?.call.paymentId ?? 'pay_story';
    const told = { id, paymentId, key, reference, at: '', amount };
    this.feed.push({ ...told, currency: 'EUR', kind });
  }

  private approve(reference: string, amount: bigint, settled = false): GatewayAnswer {
    return {
      outcome: 'approved',
      reference,
      amount,
      currency: 'EUR',
      expiresAt: this.choose(2) === 0 ? this.windowEnd() : null,
      settled,
      authorizationGone: false,
    };
  }

  private decline(authorizationGone = false): GatewayAnswer {
    const code = DECLINES[this.choose(DECLINES.length)] ?? 'generic_decline';
    return { outcome: 'declined', code, message: 'No.', authorizationGone };
  }
}

function isTaken({ call, answer }: Entry): boolean {
  const takes = call.operation === 'capture' || call.operation === 'purchase';
  return takes && answer.outcome === 'approved';
}

function settledOf(answer: GatewayAnswer): 'none' | 'settled' {
  return answer.outcome === 'approved' && answer.settled ? 'settled' : 'none';
}

function approvedAmount(answer: GatewayAnswer): bigint {
  return answer.outcome === 'approved' ? answer.amount : 0n;
}
