import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older webhooks, and those from further in the future, are refused: a recorded one must not be sent again for ever. */
export const WEBHOOK_TOLERANCE_S = 300;

const BASE64_PREFIX = 'whsec_';
const SIGNATURE_CHARS_MAX = 1_024;
const SECRET_CHARS_MIN = 16;
/** As long a key, and nothing else: a decoder leaves out what is no base64, and may come to a key of no byte at all. */
const BASE64_KEY = new RegExp(`^[A-Za-z0-9+/_-]{${SECRET_CHARS_MIN},}={0,2}$`);

export const WEBHOOK_SECRET_EXPECTED = `must have at least ${SECRET_CHARS_MIN} characters, behind ${BASE64_PREFIX} of base64`;

/** Whether nobody can guess the key that the text stands for, as far as its length tells. */
export function isWebhookSecret(text: string): boolean {
  return text.startsWith(BASE64_PREFIX)
    ? BASE64_KEY.test(text.slice(BASE64_PREFIX.length))
    : text.length >= SECRET_CHARS_MIN;
}

export interface SignedWebhook {
  /** The same on every try. */
  readonly id: string;
  /** Epoch seconds of this try. */
  readonly timestampS: number;
  readonly body: string | Buffer;
}

/** Headers as https://www.standardwebhooks.com has them. `secret`: `whsec_` and base64, else its bytes as they are. */
export function webhookHeaders(webhook: SignedWebhook, secret: string): Record<string, string> {
  const { id, timestampS } = webhook;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': `v1,${signature(webhook, secret).toString('base64')}`,
  };
}

export interface ReceivedWebhook {
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
}

/** `signature`: not signed with the secret; `age`: signed, but not within the tolerance. */
export function verifyWebhook(
  webhook: ReceivedWebhook,
  secret: string,
): 'genuine' | 'signature' | 'age' {
  const {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': given,
  } = webhook.headers;
  if (id === undefined || timestamp === undefined || given === undefined) return 'signature';
  if (!/^\d{1,12}$/.test(timestamp) || given.length > SIGNATURE_CHARS_MAX) return 'signature';
  const timestampS = Number(timestamp);
  const expected = signature({ id, timestampS, body: webhook.body }, secret);
  // While a secret is being changed, a sender signs with the old and the new one.
  const isSigned = given.split(' ').some((one) => isSame(one, expected));
  if (!isSigned) return 'signature';
  const ageS = Math.abs(webhook.receivedAtMs / 1000 - timestampS);
  return ageS <= WEBHOOK_TOLERANCE_S ? 'genuine' : 'age';
}

function signature({ id, timestampS, body }: SignedWebhook, secret: string): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestampS}.`).update(body).digest();
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(BASE64_PREFIX)
    ? Buffer.from(secret.slice(BASE64_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

function isSame(given: string, expected: Buffer): boolean {
  if (!given.startsWith('v1,')) return false;
  const bytes = Buffer.from(given.slice(3), 'base64');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
