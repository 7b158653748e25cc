import { ChainBroken, StoreUnavailable } from '../event-store/event-store.js';
import { refuse, RETRY_AFTER_S } from './call-answer.js';
import type { CallAnswer } from './payment-calls.js';
import { AppendDeadlineExceeded } from './payment-work.js';
import { GatewaysBusy } from './step-commands.js';

/** What a client is told of a fault that is not its own; anything else is a bug, and thrown again. */
export function answerOfFault(error: unknown): CallAnswer {
  if (error instanceof StoreUnavailable) {
    return refuse('STORE_UNAVAILABLE', 'The event store is away; try again.', RETRY_AFTER_S);
  }
  if (error instanceof GatewaysBusy) {
    const detail =
      'Every gateway that could take the payment is busy; try again with the same key.';
    return refuse('GATEWAY_UNAVAILABLE', detail, error.retryAfterS);
  }
  if (error instanceof AppendDeadlineExceeded) {
    const detail = 'The call ran out of time; repeat it with the same key to learn its outcome.';
    return refuse('CALL_DEADLINE_EXCEEDED', detail, RETRY_AFTER_S);
  }
  if (error instanceof ChainBroken) {
    return refuse(
      'STORE_UNAVAILABLE',
      'The stream of this payment does not verify.',
      RETRY_AFTER_S,
    );
  }
  throw error;
}
