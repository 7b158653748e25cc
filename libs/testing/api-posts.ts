import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { answered, startTestApi, type TestApi } from './api-harness.js';

/** The body of a create that every gateway of a spec takes. */
export const PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'automatic',
};

/** Headers beside those of every post; one that is undefined is left out. */
type Headers = Readonly<Record<string, string | undefined>>;

export interface CommandsApi {
  /** Filled before the first spec. */
  readonly api: TestApi;
  /** As the merchant of the spec; a text or bytes go as they are. */
  readonly post: (url: string, body: unknown, headers?: Headers) => Promise<LightMyRequestResponse>;
}

/** An API for the specs of one `describe`: every command is answered with 201 unless a spec says otherwise. */
export function commandsApi(): CommandsApi {
  const api = {} as TestApi; // reason: no spec runs before it is filled
  beforeAll(async () => {
    Object.assign(api, await startTestApi());
  });
  afterAll(() => api.app.close());
  beforeEach(() => {
    api.calls.seen.length = 0;
    api.calls.answer = (call) => answered(call, 201);
  });
  return { api, post: (url, body, headers = {}) => postTo(api, { url, body, headers }) };
}

function postTo(
  { app, key }: TestApi,
  { url, body, headers }: { url: string; body: unknown; headers: Headers },
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
