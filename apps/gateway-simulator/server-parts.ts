import type { FastifyRequest } from 'fastify';
import type { WebhookSender } from './webhook-sender.js';
import type { Simulator } from './simulator.js';

/** What the routes share. */
export interface ServerParts {
  readonly simulator: Simulator;
  readonly webhooks: WebhookSender;
  readonly random: () => number;
  readonly now: () => number;
  baseUrlOf(request: FastifyRequest): string;
  countCall(operation: string, outcome: 'answered' | 'misbehaved'): void;
}
