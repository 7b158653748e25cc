import { StoreUnavailable, WrongRevision } from '../../event-store/event-store.js';
import { GatewayUnreachable } from '../../gateways/payment-gateway.js';
import { AppendDeadlineExceeded } from '../../orchestration/payment-work.js';

/** What a process may meet without being wrong; anything else is a bug of the house. */
export function isTrouble(error: unknown): boolean {
  return (
    error instanceof StoreUnavailable ||
    error instanceof AppendDeadlineExceeded ||
    error instanceof WrongRevision ||
    error instanceof GatewayUnreachable
  );
}
