import type { DeclineCode } from '../payments/failure-codes.js';
import type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';
import type { Choose } from './seeded-random.js';

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

export interface BookEntry {
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

/** What a model gateway keeps: calls and their answers, accounts, and the ordered feed in which it tells later events. */
export class ModelGatewayBooks {
  readonly entries = new Map<string, BookEntry>();
  readonly accounts = new Map<string, Account>();
  readonly feed: GatewayFact[] = [];
  readonly disputes: { id: string; key: string; amount: bigint; open: boolean }[] = [];

  constructor(
    readonly name: string,
    private readonly choose: Choose,
    private readonly windowEnd: () => string = () => WINDOW_END,
  ) {}

  /** What an authorize or purchase was approved for is held, or taken. */
  open(account: Account, amount: bigint): GatewayAnswer {
    account.authorized = amount;
    account.captured = account.purchase ? amount : 0n;
    account.state = account.purchase ? 'released' : 'held';
    return this.approve(account.reference, amount, account.purchase && this.choose(2) === 0);
  }

  referenceOf(key: string): string {
    return `${this.name}:${key}`;
  }

  pick(fits: (entry: BookEntry) => boolean): BookEntry | undefined {
    const fitting = [...this.entries.values()].filter(fits);
    return fitting.length === 0 ? undefined : fitting[this.choose(fitting.length)];
  }

  /** The account that a call is about. A call about none is a bug of the caller. */
  account(call: ModelCall): Account {
    const account = call.about === null ? undefined : this.accounts.get(call.about);
    if (account === undefined) throw new Error(`${call.operation} about nothing: ${call.about}`);
    return account;
  }

  /** The one that the call opened, or else the one that it is about. */
  accountOf(call: ModelCall): Account {
    const own = this.accounts.get(this.referenceOf(call.key));
    return own ?? this.account(call);
  }

  tell(key: string, amount: bigint, kind: GatewayFact['kind']): void {
    const id = `${this.name}-${this.feed.length}`;
    const reference = this.referenceOf(key);
    const paymentId = this.entries.get(key)?.call.paymentId ?? 'pay_story';
    const told = { id, paymentId, key, reference, at: '', amount };
    this.feed.push({ ...told, currency: 'EUR', kind });
  }

  approve(reference: string, amount: bigint, settled = false): GatewayAnswer {
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

  decline(authorizationGone = false): GatewayAnswer {
    const code = DECLINES[this.choose(DECLINES.length)] ?? 'generic_decline';
    return { outcome: 'declined', code, message: 'No.', authorizationGone };
  }
}

export function settledOf(answer: GatewayAnswer): 'none' | 'settled' {
  return answer.outcome === 'approved' && answer.settled ? 'settled' : 'none';
}
