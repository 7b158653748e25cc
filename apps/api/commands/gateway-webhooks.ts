import { WrongRevision } from '../../../libs/event-store/event-store.js';
import {
  GatewayUnreachable,
  type GatewayFact,
  type IncomingWebhook,
  type WebhookReading,
} from '../../../libs/gateways/payment-gateway.js';
import { recordFact } from '../../../libs/orchestration/fact-recorder.js';
import type { OrchestrationPorts } from '../../../libs/orchestration/orchestration.js';
import { AppendDeadlineExceeded } from '../../../libs/orchestration/payment-work.js';
import { crashPoint } from '../../../libs/platform/crash-points.js';
import type { Logger } from '../../../libs/platform/logging.js';
import { Problem, type ProblemOptions } from '../../../libs/platform/problem.js';
import { gatewayNotFound } from '../queries/gateway-view.js';

/** Webhooks that are worked on at once, of all gateways; who is turned away sends again. */
export const WEBHOOKS_RUNNING_MAX = 64;

/** Takes what gateways tell by themselves. The feed of facts stays beneath: what is lost here comes by it. */
export class GatewayWebhooks {
  private running = 0;

  constructor(
    private readonly ports: OrchestrationPorts,
    private readonly logger: Logger,
  ) {}

  /**
   * Records every fact of the webhook; those that are known, late or of no payment here add nothing.
   * @returns how many facts it told
   * @throws Problem for one that is not the gateway's, StoreUnavailable
   */
  async receive(name: string, webhook: IncomingWebhook): Promise<number> {
    const gateway = this.ports.gateways.get(name);
    if (gateway === null) throw gatewayNotFound();
    const reading = gateway.readWebhook(webhook);
    const facts = factsOf(reading);
    if (this.running >= WEBHOOKS_RUNNING_MAX) throw new Problem(LATER);
    this.running++;
    crashPoint('webhook-received');
    try {
      for (const fact of facts) await this.record(name, fact);
    } finally {
      this.running--;
    }
    return facts.length;
  }

  private async record(gateway: string, fact: GatewayFact): Promise<void> {
    try {
      const outcome = await recordFact(this.ports, gateway, fact);
      if (outcome !== 'no_such_payment') return;
      this.logger.warn({ gateway, fact: fact.id }, 'a webhook about a payment that is not here');
    } catch (error) {
      const notNow =
        error instanceof WrongRevision ||
        error instanceof AppendDeadlineExceeded ||
        error instanceof GatewayUnreachable;
      throw notNow ? new Problem(LATER) : error;
    }
  }
}

const LATER: ProblemOptions = {
  status: 503,
  code: 'WEBHOOKS_BUSY',
  detail: 'The webhook can not be worked on now. Send it again.',
  retryAfterS: 1,
};

function factsOf(reading: WebhookReading): readonly GatewayFact[] {
  switch (reading.verdict) {
    case 'facts':
      return reading.facts;
    case 'nothing':
      return [];
    case 'rejected':
      throw new Problem(REJECTIONS[reading.reason]);
  }
}

const REJECTIONS = {
  unsupported: {
    status: 404,
    code: 'WEBHOOKS_NOT_ACCEPTED',
    detail: 'No webhooks are configured for this gateway.',
  },
  signature: {
    status: 401,
    code: 'WEBHOOK_SIGNATURE_INVALID',
    detail: 'The webhook is not signed by the gateway.',
  },
  age: {
    status: 400,
    code: 'WEBHOOK_TOO_OLD',
    detail: 'The webhook was signed too long ago, or in the future.',
  },
  malformed: {
    status: 400,
    code: 'WEBHOOK_MALFORMED',
    detail: 'The webhook can not be read.',
  },
} as const satisfies Record<
  Extract<WebhookReading, { verdict: 'rejected' }>['reason'],
  ProblemOptions
>;
