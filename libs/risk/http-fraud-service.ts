import { Agent, request } from 'undici';
import { z } from 'zod';
import { hasCardDataAnywhere } from '../platform/card-data.js';
import type { Secret } from '../platform/secret.js';
import { FraudService, type FraudWord } from './fraud-service.js';
import type { RiskSubject } from './risk-assessor.js';
import type { RuleStage } from './risk-rule.js';
import { tokenFingerprint, velocityKey } from './velocity-keys.js';

export interface HttpFraudServiceOptions {
  readonly url: string;
  /** Sent as bearer token. */
  readonly token: Secret | null;
  /** Bounds the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Of this process; left out, the real one. */
  readonly monotonicMs?: () => number;
}

const CONNECTIONS_MAX = 64;
const ANSWER_MAX_BYTES = 16_384;
const REASONS_MAX = 10;
/** After so many failures in a row nobody is asked for a while: an outage must not slow every payment. */
const FAILURES_MAX = 5;
const REST_MS = 5_000;

const LEFT_ALONE: FraudWord = { outcome: 'away', reason: 'left alone after failures in a row' };

/** Codes only: what it says is kept in events, and free text could hold anything. */
const reason = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/i)
  .refine((code) => !hasCardDataAnywhere(code));
const answerSchema = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('pending') }),
  z.object({
    verdict: z.enum(['approve', 'review', 'reject']),
    score: z.number().min(0).max(100).default(0),
    reasons: z.array(reason).max(REASONS_MAX).default([]),
  }),
]);

/** A fraud service over HTTP: one POST a payment, never repeated and never redirected. */
export class HttpFraudService extends FraudService {
  readonly #agent: Agent;
  readonly #monotonicMs: () => number;
  /** In a row. */
  #failures = 0;
  /** Of the monotonic clock: the wall clock may be set back, and nobody would be asked for as long. */
  #askedAgainAtMs = -Infinity;

  constructor(private readonly options: HttpFraudServiceOptions) {
    super();
    this.#agent = new Agent({ connections: CONNECTIONS_MAX, maxResponseSize: ANSWER_MAX_BYTES });
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  override async ask(subject: RiskSubject, stage: RuleStage): Promise<FraudWord> {
    if (this.#failures >= FAILURES_MAX) {
      if (this.#monotonicMs() < this.#askedAgainAtMs) return LEFT_ALONE;
      // This one finds out; the others wait neither for it nor for the service.
      this.#leaveAlone();
    }
    try {
      const word = await this.#post(subject, stage);
      this.#failures = 0;
      return word;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= FAILURES_MAX) this.#leaveAlone();
      return { outcome: 'away', reason: error instanceof Error ? error.name : 'unknown' };
    }
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #leaveAlone(): void {
    this.#askedAgainAtMs = this.#monotonicMs() + REST_MS;
  }

  async #post(subject: RiskSubject, stage: RuleStage): Promise<FraudWord> {
    const { url, token, timeoutMs } = this.options;
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
      },
      body: JSON.stringify(fraudQuestion(subject, stage)),
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new UnexpectedAnswer(`status ${statusCode}`);
    const answer = answerSchema.parse(JSON.parse(text));
    if (answer.verdict === 'pending') return { outcome: 'pending' };
    return { outcome: 'verdict', ...answer, score: Math.round(answer.score) };
  }
}

class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** What the service is told: hashes instead of persons and tokens, amounts as decimal texts of minor units. */
function fraudQuestion(subject: RiskSubject, stage: RuleStage) {
  const { paymentMethod } = subject;
  const customer = velocityKey('customer', { ...subject, token: paymentMethod.token });
  return {
    payment_id: subject.paymentId,
    stage,
    at: subject.at,
    merchant_id: subject.merchantId,
    amount: subject.amount.toString(),
    currency: subject.currency,
    method: paymentMethod.type,
    network: paymentMethod.network,
    country: paymentMethod.country,
    token_fingerprint: tokenFingerprint(paymentMethod.token),
    // A merchant's name for a customer may be an address.
    customer_hash: customer === null ? null : tokenFingerprint(customer),
    ip_hash: subject.customerIpHash,
    email_hash: subject.customerEmailHash,
  };
}
