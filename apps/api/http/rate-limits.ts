import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../../libs/access/role.js';
import { Problem } from '../../../libs/platform/problem.js';

/** Requests a second of one key, where RATE_LIMIT_PER_SECOND is not set. */
const RATE_LIMIT_DEFAULT_PER_SECOND = 100;

/** Requests of each key in windows of a second, counted in this process. */
export class RateLimits {
  private readonly limiter: RateLimiterMemory;
  private readonly perSecond: number;

  /** `configured` null: the default, and none for keys of a local installation. */
  constructor(private readonly configured: number | null) {
    this.perSecond = configured ?? RATE_LIMIT_DEFAULT_PER_SECOND;
    this.limiter = new RateLimiterMemory({ points: this.perSecond, duration: 1 });
  }

  applyTo(principal: Principal): boolean {
    return this.configured !== null || !principal.isLocal;
  }

  /** @throws Problem RATE_LIMITED */
  async count(principal: Principal, reply: FastifyReply): Promise<void> {
    try {
      this.tell(reply, await this.limiter.consume(principal.keyId));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      this.tell(reply, refused);
      throw new Problem({
        status: 429,
        code: 'RATE_LIMITED',
        detail: 'Too many requests with this key.',
        retryAfterS: secondsUntilReset(refused),
      });
    }
  }

  private tell(reply: FastifyReply, state: RateLimiterRes): void {
    reply.header('ratelimit-limit', this.perSecond);
    reply.header('ratelimit-remaining', Math.max(0, state.remainingPoints));
    reply.header('ratelimit-reset', secondsUntilReset(state));
  }
}

function secondsUntilReset(state: RateLimiterRes): number {
  return Math.max(1, Math.ceil(state.msBeforeNext / 1000));
}
