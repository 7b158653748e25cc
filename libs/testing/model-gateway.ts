import type { GatewayAnswer } from '../payments/gateway-answer.js';
import {
  ModelGatewayBooks,
  settledOf,
  type Account,
  type ModelCall,
} from './model-gateway-books.js';
import { ModelGatewayFacts } from './model-gateway-facts.js';
import type { Choose } from './seeded-random.js';

/**
 * A sane gateway with books: it honours keys, never moves more than an account holds, and tells later events in an
 * ordered feed. What it decides is chosen from outside, so that a run can be repeated and shrunk.
 */
export class ModelGateway {
  readonly books: ModelGatewayBooks;
  private readonly facts: ModelGatewayFacts;
  /** From now on everything that is asked for is approved as asked, at once. */
  private calm = false;

  constructor(
    readonly name: string,
    private readonly choose: Choose,
    windowEnd?: () => string,
  ) {
    this.books = new ModelGatewayBooks(name, choose, windowEnd);
    this.facts = new ModelGatewayFacts(this.books, choose);
  }

  perform(call: ModelCall): GatewayAnswer {
    const known = this.books.entries.get(call.key);
    if (known !== undefined) return known.answer;
    const answer = this.decided(call);
    this.books.entries.set(call.key, { call, answer, settlement: settledOf(answer) });
    return answer;
  }

  ask(key: string): GatewayAnswer | { readonly outcome: 'not_found' } {
    const entry = this.books.entries.get(key);
    if (entry?.answer.outcome !== 'approved') return entry?.answer ?? { outcome: 'not_found' };
    return { ...entry.answer, settled: entry.settlement === 'settled' };
  }

  /** Something that happens at the gateway by itself. */
  happen(): void {
    this.facts.happen();
  }

  /** What waits for the customer or for the gateway itself ends. */
  finish(): void {
    this.calm = true;
    this.facts.finish();
  }

  /** An operator gives all of it back beside the gateway's calls. */
  giveBackByHand(key: string): void {
    const account = this.books.accounts.get(this.books.referenceOf(key));
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
    const reference = this.books.referenceOf(call.key);
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
    this.books.accounts.set(reference, account);
    const choice = this.calm ? 0 : this.choose(10);
    if (choice === 9) {
      account.state = 'action';
      return { outcome: 'requires_action', reference, redirectUrl: 'https://acs.example/act' };
    }
    if (choice === 8) {
      account.state = 'pending';
      return { outcome: 'pending', reference };
    }
    if (choice === 7 || choice === 6) return this.books.decline();
    return this.books.open(
      account,
      choice === 5 && call.amount > 1n ? call.amount / 2n : call.amount,
    );
  }

  private captured(call: ModelCall): GatewayAnswer {
    const account = this.books.account(call);
    if (account.state !== 'held') return this.books.decline(true);
    if (call.amount > account.authorized - account.captured) return this.books.decline();
    if (!this.calm && this.choose(5) === 0) return this.books.decline();
    account.captured += call.amount;
    if (call.final || account.captured === account.authorized) account.state = 'released';
    return this.books.approve(this.books.referenceOf(call.key), call.amount, this.choose(2) === 0);
  }

  private incremented(call: ModelCall): GatewayAnswer {
    const account = this.books.account(call);
    if (account.state !== 'held') return this.books.decline(true);
    if (call.amount <= account.authorized || (!this.calm && this.choose(4) === 0)) {
      return this.books.decline();
    }
    account.authorized = call.amount;
    return this.books.approve(account.reference, call.amount);
  }

  private voided(call: ModelCall): GatewayAnswer {
    const account = this.books.account(call);
    const releasable = account.state === 'held' || account.state === 'action';
    if (!releasable) return this.books.decline(account.state === 'gone' && !account.purchase);
    if (!this.calm && this.choose(4) === 0) return this.books.decline();
    account.state = 'released';
    return this.books.approve(account.reference, call.amount);
  }

  private refunded(call: ModelCall): GatewayAnswer {
    const account = this.books.account(call);
    if (call.amount > account.captured - account.refunded) return this.books.decline();
    if (!this.calm && this.choose(5) === 0) return this.books.decline();
    account.refunded += call.amount;
    const reference = this.books.referenceOf(call.key);
    if (!this.calm && this.choose(4) === 0) return { outcome: 'pending', reference };
    return this.books.approve(reference, call.amount);
  }
}
