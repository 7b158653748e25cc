import type { Clock } from '../../platform/clock.js';
import type { Admission } from '../gateway-directory.js';
import type { BreakerView } from '../gateway-vitals.js';
import {
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  GatewayUnreachable,
  type GatewayWord,
  type IncomingWebhook,
  PaymentGateway,
  type WebhookReading,
} from '../payment-gateway.js';
import type { CallResult } from './circuit-breaker.js';
import { GatewayDoors, type BreakerChange, type ClosedDoor } from './gateway-doors.js';
import type { ResilienceSettings } from './resilience-settings.js';

/** One call to a gateway as it was seen from here. */
export interface SeenCall {
  readonly gateway: string;
  readonly kind: GatewayCall['operation'] | 'ask' | 'facts' | 'probe';
  /** `shed`: refused here, no byte was sent. `answered`, `unreachable`: of facts and probes. */
  readonly outcome:
    GatewayWord['outcome'] | 'rate_limited' | 'not_sent' | 'shed' | 'answered' | 'unreachable';
  /** Whether the gateway's transport failed; false for what was shed. */
  readonly failed: boolean;
  readonly durationMs: number;
  /** Null: of facts and probes. */
  readonly charge: { readonly currency: string; readonly method: string } | null;
}

export interface ResilienceParts {
  readonly clock: Clock;
  readonly onCall: (call: SeenCall) => void;
  readonly onChange: (gateway: string, change: BreakerChange) => void;
}

/** An adapter that keeps to its time-out never meets it; one that doesn't must not hold a place for ever. */
const TIMEOUT_GRACE_MS = 500;
const FEEDS_MAX = 2;

/**
 * Stands before an adapter: a circuit breaker, a bulkhead, a hold-off after a 429 and a rate of our own. What they
 * refuse is `refused` without a byte sent, so another gateway may be tried. Questions and the feed pass an open
 * breaker: they tell what became of earlier calls, and that the gateway is back.
 */
export class ResilientGateway extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities;
  readonly #doors: GatewayDoors;
  #feeds = 0;

  constructor(
    private readonly inner: PaymentGateway,
    private readonly settings: ResilienceSettings,
    private readonly parts: ResilienceParts,
  ) {
    super();
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.#doors = new GatewayDoors(settings, parts.clock, (change) =>
      parts.onChange(this.name, change),
    );
  }

  /** Whether a call could start now beside those announced; takes no place. */
  admission(): Admission {
    const door = this.#doors.closedDoor('another');
    if (door === null) return { admitted: true };
    const retryAfterS = Math.max(1, Math.ceil(door.retryAfterMs / 1000));
    const refusal = { admitted: false, reason: door.reason, retryAfterS } as const;
    return door.door === 'breaker' ? refusal : { ...refusal, busy: true };
  }

  /** Keeps a place for a call that starts soon: its intent is being made durable. */
  announce(): void {
    this.#doors.announce();
  }

  /** Gives the place back: the intent was not stored. */
  withdraw(): void {
    this.#doors.withdraw();
  }

  breaker(): BreakerView {
    return this.#doors.breaker();
  }

  override send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    const door = this.#doors.closedDoor('announced');
    if (door !== null) {
      const answer = shed(door);
      this.#seen(call.operation, call, { outcome: 'shed', failed: false, durationMs: 0 });
      return Promise.resolve(answer);
    }
    return this.#doors.sends.execute(() => this.#send(call, this.#timeoutMs(timeoutMs)));
  }

  override async ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    if (this.#doors.asks.executionSlots <= 0) {
      this.#seen('ask', call, { outcome: 'shed', failed: false, durationMs: 0 });
      return { outcome: 'refused', reason: 'not_sent', message: 'too many questions at once' };
    }
    return await this.#doors.asks.execute(async () => {
      const startMs = this.parts.clock.monotonicMs();
      const boundMs = this.#timeoutMs(timeoutMs);
      const word = await bounded(() => this.inner.ask(call, boundMs), boundMs);
      const failed = word.outcome === 'unknown' || word.outcome === 'refused';
      if (!failed) this.#doors.signOfLife();
      const durationMs = this.parts.clock.monotonicMs() - startMs;
      this.#seen('ask', call, { outcome: word.outcome, failed, durationMs });
      return word;
    });
  }

  override async facts(
    cursor: string | null,
    timeoutMs: number,
  ): ReturnType<PaymentGateway['facts']> {
    if (this.#feeds >= FEEDS_MAX) throw new GatewayUnreachable('its feed is being read already');
    this.#feeds += 1;
    const startMs = this.parts.clock.monotonicMs();
    const seen = (outcome: 'answered' | 'unreachable') => {
      const durationMs = this.parts.clock.monotonicMs() - startMs;
      this.#seen('facts', null, { outcome, failed: outcome === 'unreachable', durationMs });
    };
    try {
      const page = await this.inner.facts(cursor, this.#timeoutMs(timeoutMs));
      this.#doors.signOfLife();
      seen('answered');
      return page;
    } catch (error) {
      seen('unreachable');
      throw error;
    } finally {
      this.#feeds -= 1;
    }
  }

  override async probe(timeoutMs: number): Promise<boolean> {
    const startMs = this.parts.clock.monotonicMs();
    const there = await this.inner.probe(timeoutMs).catch(() => false);
    if (there) this.#doors.signOfLife();
    else this.#doors.noSignOfLife();
    const durationMs = this.parts.clock.monotonicMs() - startMs;
    const outcome = there ? 'answered' : 'unreachable';
    this.#seen('probe', null, { outcome, failed: !there, durationMs });
    return there;
  }

  override acceptsToken(token: string): boolean {
    return this.inner.acceptsToken(token);
  }

  override readWebhook(webhook: IncomingWebhook): WebhookReading {
    return this.inner.readWebhook(webhook);
  }

  async #send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    const epoch = this.#doors.enter();
    const startMs = this.parts.clock.monotonicMs();
    const answer = await bounded(() => this.inner.send(call, timeoutMs), timeoutMs);
    const result = resultOf(answer);
    this.#doors.leave(epoch, result);
    if (answer.outcome === 'refused' && answer.reason === 'rate_limited') {
      this.#doors.holdOff(answer.retryAfterMs ?? null);
    }
    const durationMs = this.parts.clock.monotonicMs() - startMs;
    const outcome =
      answer.outcome === 'refused' && answer.reason !== 'rejected' ? answer.reason : answer.outcome;
    this.#seen(call.operation, call, { outcome, failed: result === 'failure', durationMs });
    return answer;
  }

  #timeoutMs(timeoutMs: number): number {
    return Math.min(timeoutMs, this.settings.timeoutMs ?? Infinity);
  }

  #seen(
    kind: SeenCall['kind'],
    call: GatewayCall | null,
    how: Pick<SeenCall, 'outcome' | 'failed' | 'durationMs'>,
  ): void {
    const charge =
      call !== null && 'paymentMethod' in call
        ? { currency: call.currency, method: call.paymentMethod.type }
        : null;
    this.parts.onCall({ gateway: this.name, kind, ...how, charge });
  }
}

/** Doors are looked at before anything is written, so this is surely no effect. */
function shed({ door, reason }: ClosedDoor): GatewayAnswer {
  const limited = door === 'rate' || door === 'hold_off';
  const message = `not sent: the gateway ${reason}`;
  return { outcome: 'refused', reason: limited ? 'rate_limited' : 'not_sent', message };
}

/** A clear word, a refusal of the call's content included, shows that the gateway works. */
function resultOf(answer: GatewayAnswer): CallResult {
  switch (answer.outcome) {
    case 'approved':
    case 'declined':
    case 'requires_action':
    case 'pending':
      return 'success';
    case 'refused':
      if (answer.reason === 'rejected') return 'success';
      return answer.reason === 'rate_limited' ? 'neutral' : 'failure';
    case 'unknown':
      return 'failure';
  }
}

/** An adapter that throws or overstays says nothing of what it may have sent. */
async function bounded<Word>(
  run: () => Promise<Word>,
  timeoutMs: number,
): Promise<Word | { readonly outcome: 'unknown'; readonly message: string }> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const late = { outcome: 'unknown', message: 'the adapter gave no answer in time' } as const;
      timer = setTimeout(resolve, timeoutMs + TIMEOUT_GRACE_MS, late);
      run().then(resolve, reject);
    });
  } catch {
    // An error's own text may hold what was sent.
    return { outcome: 'unknown', message: 'the adapter failed' };
  } finally {
    clearTimeout(timer);
  }
}
