import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const KEY_TEXT = /^tsk_([0-9a-f]{32})_([0-9a-f]{64})$/;

/** A key as its holder has it: `tsk_<id>_<secret>`; the id is public, the secret is never stored. */
export interface ApiKeyText {
  readonly keyId: string;
  readonly secret: string;
}

/** 256 random bits in hex: no slow hash is needed to keep such a secret from being guessed. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

export function formatApiKey({ keyId, secret }: ApiKeyText): string {
  return `tsk_${keyId.slice('key_'.length)}_${secret}`;
}

/** null for what is no key. */
export function parseApiKey(text: string): ApiKeyText | null {
  const [, id, secret] = KEY_TEXT.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { keyId: `key_${id}`, secret };
}

/** Hex SHA-256: what is stored of a secret. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

// Of no secret: what an unknown key is compared with, so that it takes the path of a wrong one.
const NO_HASH = hashSecret('no key has this hash');

/** Compares in constant time; `storedHash` null (no such key) is false on the same path. */
export function secretMatches(secret: string, storedHash: string | null): boolean {
  const given = hash('sha256', secret, 'buffer');
  const equal = timingSafeEqual(given, Buffer.from(storedHash ?? NO_HASH, 'hex'));
  return equal && storedHash !== null;
}
