import type { GatewayAnswer } from '../payments/gateway-answer.js';
import type { Operation } from '../payments/payment.state.js';
import type { ModelCall } from './model-gateway-books.js';
import { ModelGateway } from './model-gateway.js';
import type { PaymentRecord } from './payment-record.js';
import type { Choose } from './seeded-random.js';

const GATEWAYS = ['alpha', 'beta', 'gamma'] as const;
const WINDOW_MS = 86_400_000;
const ACTION_MS = 1_800_000;
const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'timeout' };

interface Held {
  readonly intent: number;
  readonly answer: GatewayAnswer;
}

/**
 * What goes between those who send for a payment and its gateways: calls that arrive late or never, answers that are lost
 * or late, senders that die, facts that come twice. All of it is chosen from outside.
 */
export class GatewayTraffic {
  readonly gateways: readonly ModelGateway[];
  /** Nothing is lost or late any more. */
  calm = false;
  /** Intents whose sender still lives and met nothing but refusals so far. */
  private readonly owned = new Set<number>();
  private readonly underWay: ModelCall[] = [];
  private readonly late: Held[] = [];
  /** Facts recorded again or in another order than told would be noise here: what was read of each feed. */
  private readonly read = new Map<string, number>();

  constructor(
    private readonly record: PaymentRecord,
    private readonly choose: Choose,
  ) {
    this.gateways = GATEWAYS.map((name) => new ModelGateway(name, choose));
  }

  gatewayOf(operation: Operation): ModelGateway {
    const gateway = this.gateways.find(({ name }) => name === operation.gateway);
    if (gateway === undefined) throw new Error(`no gateway ${operation.gateway}`);
    return gateway;
  }

  untried(tried: readonly string[]): readonly string[] {
    return GATEWAYS.filter((name) => !tried.includes(name));
  }

  /** Whoever made this intent lives to send it. */
  own(intent: number): void {
    this.owned.add(intent);
  }

  sendersDie(): void {
    this.owned.clear();
  }

  /** What is under way arrives, and gateways end what they began. */
  calmDown(): void {
    this.calm = true;
    this.sendersDie();
    while (this.underWay.length > 0) this.arriveLate();
    while (this.late.length > 0) this.answerLate();
    for (const gateway of this.gateways) gateway.finish();
  }

  /** Of an open intent: its sender sends, anybody else takes over, and then asks. */
  learn(operation: Operation): void {
    const { intent, outcome } = operation;
    if (outcome === 'open' && this.owned.has(intent)) {
      this.send(operation, true);
      return;
    }
    if (outcome === 'open') {
      const at = this.record.now;
      this.record.decided({ type: 'TakeOver', at, intent, reason: 'taken over' });
      return;
    }
    const word = this.gatewayOf(operation).ask(operation.key);
    if (word.outcome === 'not_found') this.send(operation, false);
    else this.answer({ intent, answer: word });
  }

  answer({ intent, answer }: Held, soleSender = false): void {
    const { state, now } = this.record;
    const operation = this.record.operation(intent);
    const tried = state.operations.slice(state.lifeFrom).map(({ gateway }) => gateway);
    this.record.decided({
      type: 'RecordAnswer',
      at: now,
      intent,
      answer,
      soleSender: soleSender && operation.outcome === 'open',
      otherGateway: this.untried(tried).length > 0,
      defaultExpiresAt: this.record.after(WINDOW_MS),
      actionTimesOutAt: this.record.after(ACTION_MS),
    });
    if (answer.outcome !== 'refused') this.owned.delete(intent);
  }

  arriveLate(): void {
    const [call] = this.underWay.splice(this.choose(this.underWay.length || 1), 1);
    if (call === undefined) return;
    const operation = this.record.state.operations.find(({ key }) => key === call.key);
    if (operation !== undefined) this.gatewayOf(operation).perform(call);
  }

  answerLate(): void {
    const [held] = this.late.splice(this.choose(this.late.length || 1), 1);
    if (held !== undefined) this.answer(held);
  }

  readFacts(): void {
    for (const gateway of this.gateways) {
      const from = this.read.get(gateway.name) ?? 0;
      const again = this.choose(4) === 0 ? 1 : 0;
      const facts = gateway.books.feed.slice(Math.max(0, from - again));
      const count = this.calm ? facts.length : Math.min(facts.length, 1 + this.choose(3));
      for (const fact of facts.slice(0, count)) {
        const word = gateway.ask(fact.key);
        this.record.decided({
          type: 'RecordFact',
          at: this.record.now,
          gateway: gateway.name,
          fact: { ...fact, at: this.record.now },
          approved: word.outcome === 'approved' ? word : null,
          defaultExpiresAt: this.record.after(WINDOW_MS),
        });
        const place = gateway.books.feed.indexOf(fact) + 1;
        this.read.set(gateway.name, Math.max(this.read.get(gateway.name) ?? 0, place));
      }
    }
  }

  /** One send of an intent, and what becomes of it on the way. */
  private send(operation: Operation, ownSend: boolean): void {
    const call = this.callOf(operation);
    const { intent } = operation;
    switch (this.calm ? 0 : this.choose(8)) {
      default: {
        const answer = this.gatewayOf(operation).perform(call);
        this.answer({ intent, answer }, ownSend);
        return;
      }
      case 1:
        this.gatewayOf(operation).perform(call);
        this.answer({ intent, answer: UNKNOWN }, ownSend);
        return;
      case 2:
        this.underWay.push(call);
        this.answer({ intent, answer: UNKNOWN }, ownSend);
        return;
      case 3:
        this.late.push({ intent, answer: this.gatewayOf(operation).perform(call) });
        this.owned.delete(intent);
        return;
      case 4: {
        const reasons = ['rejected', 'rate_limited', 'not_sent'] as const;
        const reason = reasons[this.choose(reasons.length)] ?? 'rejected';
        this.answer({ intent, answer: { outcome: 'refused', reason, message: '' } }, ownSend);
        return;
      }
    }
  }

  private callOf(operation: Operation): ModelCall {
    const { key, amount } = operation;
    const request = this.record.events.find(
      ({ type, data }) => type.endsWith('Requested') && 'key' in data && data.key === key,
    );
    const about =
      request !== undefined && 'reference' in request.data ? request.data.reference : null;
    const final = operation.operation === 'capture' && operation.final;
    return { operation: operation.operation, key, amount, final, about };
  }
}
