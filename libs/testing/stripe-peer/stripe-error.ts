/** An error object as Stripe answers it. */
export class StripePeerError extends Error {
  constructor(
    readonly status: number,
    readonly error: {
      readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
      readonly code?: string;
      readonly decline_code?: string;
      readonly param?: string;
      readonly payment_intent?: unknown;
    },
  ) {
    super(error.code ?? error.type);
  }
}

export function invalid(code?: string, more: { param?: string; payment_intent?: unknown } = {}) {
  const type = 'invalid_request_error';
  return new StripePeerError(400, { type, ...(code === undefined ? {} : { code }), ...more });
}

export function missing(param: string) {
  return new StripePeerError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    param,
  });
}
