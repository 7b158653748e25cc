import { ErrorType } from '@eventstore/db-client';

/** gRPC status UNAVAILABLE: while the server is down some errors carry only this, and no type. */
const GRPC_UNAVAILABLE = 14;

/** The client's own word for the error; every one of them has the name `Error`. */
export function typeOf(error: unknown): string | undefined {
  return field(error, 'type');
}

/** Whether the connection, not the request, is what failed. */
export function isConnectionLoss(error: unknown): boolean {
  const type = typeOf(error);
  if (type === ErrorType.UNAVAILABLE || type === ErrorType.CANCELLED) return true;
  if (type === ErrorType.DEADLINE_EXCEEDED || type === ErrorType.NOT_LEADER) return true;
  return type === undefined || field(error, 'code') === GRPC_UNAVAILABLE;
}

function field<T>(error: unknown, name: 'type' | 'code'): T | undefined {
  if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
  // Only compared with constants, so that its type needs no proof.
  return (error as Record<string, T>)[name];
}
