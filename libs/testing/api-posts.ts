import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { TestApi } from './api-harness.js';

/** The body of a create that every gateway of a spec takes. */
export const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'automatic',
};

/** Posts as the merchant of the spec; a header that is undefined is left out, a text or bytes go as they are. */
export function postTo(
  { app, key }: TestApi,
  url: string,
  body: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<LightMyRequestResponse> {
  const given = {
    authorization: `Bearer ${key.merchant}`,
    'content-type': 'application/json',
    'idempotency-key': 'key-1',
    ...headers,
  };
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  const options: InjectOptions = {
    method: 'POST',
    url,
    headers: Object.fromEntries(kept) as Record<string, string>, // reason: those without a value are out
    payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  };
  return app.inject(options);
}
