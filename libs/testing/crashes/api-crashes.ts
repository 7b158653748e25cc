import type { CrashPoint } from '../../platform/crash-points.js';
import { survives, type CrashCase, type Kill } from './crash-case.js';
import { capture, disputeByWebhook, purchase, refund } from './payment-stories.js';

/** Without the processor, whose feed would tell the same. */
const webhook = { during: 'a webhook', story: disputeByWebhook, beside: [] };
const outcome = { during: 'the outcome of a purchase', story: purchase() };

/** Deaths of the API in the middle of a call. */
export const API_CRASHES: readonly CrashCase[] = [
  survives(at('call-decided'), { during: 'a purchase', story: purchase() }),
  survives(at('intent-decided', 2), { during: 'a capture', story: capture }),
  survives(at('intent-durable'), { during: 'a purchase', story: purchase() }),
  survives(at('intent-durable', 2), { during: 'a refund', story: refund }),
  // The second call finds the connection open.
  survives(at('gateway-request-sent', 2), { during: 'a capture', story: capture }),
  survives(at('gateway-answered'), { during: 'a purchase', story: purchase() }),
  survives(at('call-at-rest', 2), { during: 'a refund', story: refund }),
  survives(at('append-ready', 2), outcome),
  survives(at('append-stored', 2), outcome),
  survives(at('webhook-received'), webhook),
  survives(at('fact-decided'), webhook),
  survives(at('fact-durable'), webhook),
];

function at(point: CrashPoint, pass = 1): Kill {
  return { process: 'api', point, pass };
}
