import type { RejectionCode } from './payment.commands.js';
import type { PaymentEvent } from './payment.events.js';

/** What a command leads to: events (none: nothing to do), or a business refusal as a value. */
export type Decision = Accepted | Rejected;

export interface Accepted {
  readonly accepted: true;
  readonly events: readonly PaymentEvent[];
}

export interface Rejected {
  readonly accepted: false;
  readonly code: RejectionCode;
  readonly detail: string;
}

export function accept(...events: readonly PaymentEvent[]): Accepted {
  return { accepted: true, events };
}

export function accepted(events: readonly PaymentEvent[]): Accepted {
  return { accepted: true, events };
}

export function reject(code: RejectionCode, detail: string): Rejected {
  return { accepted: false, code, detail };
}
