import { survives, type CrashCase } from './crash-case.js';
import { capture, disputeByWebhook, purchase, refund } from './payment-stories.js';

/** Deaths of the API in the middle of a call. */
export const API_CRASHES: readonly CrashCase[] = [
  survives({ process: 'api', point: 'call-decided' }, { during: 'a purchase', story: purchase() }),
  survives(
    { process: 'api', point: 'intent-decided' },
    { during: 'a purchase', story: purchase() },
  ),
  survives(
    { process: 'api', point: 'intent-decided', pass: 2 },
    { during: 'a capture', story: capture },
  ),
  survives(
    { process: 'api', point: 'intent-durable' },
    { during: 'a purchase', story: purchase() },
  ),
  survives(
    { process: 'api', point: 'intent-durable', pass: 2 },
    { during: 'a refund', story: refund },
  ),
  survives(
    { process: 'api', point: 'gateway-request-sent', pass: 2 },
    { during: 'a capture', story: capture },
  ),
  survives(
    { process: 'api', point: 'gateway-answered' },
    { during: 'a purchase', story: purchase() },
  ),
  survives(
    { process: 'api', point: 'call-at-rest', pass: 2 },
    { during: 'a refund', story: refund },
  ),
  survives(
    { process: 'api', point: 'append-ready', pass: 2 },
    { during: 'the outcome of a purchase', story: purchase() },
  ),
  survives(
    { process: 'api', point: 'append-stored' },
    { during: 'the intent of a purchase', story: purchase() },
  ),
  survives(
    { process: 'api', point: 'append-stored', pass: 2 },
    { during: 'the outcome of a purchase', story: purchase() },
  ),
  // Without the processor, whose feed would tell the same.
  survives(
    { process: 'api', point: 'webhook-received' },
    { during: 'a webhook', story: disputeByWebhook, beside: [] },
  ),
  survives(
    { process: 'api', point: 'fact-decided' },
    { during: 'a webhook', story: disputeByWebhook, beside: [] },
  ),
  survives(
    { process: 'api', point: 'fact-durable' },
    { during: 'a webhook', story: disputeByWebhook, beside: [] },
  ),
];
