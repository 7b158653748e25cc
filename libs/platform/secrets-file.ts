import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config.js';
import { Secret } from './secret.js';

/** Keys of one purpose, the one in use first; older ones stay to read what was made under them. */
const namedKeys = z
  .array(z.strictObject({ name: z.string().min(1), secret: z.string().min(32) }))
  .min(1);

const fileShape = z.strictObject({
  /** HMAC of a call's canonical body, kept on the call's first event beside the key's name. */
  request_hash_keys: namedKeys,
  /** HMAC of what must not be kept itself: mail addresses, IP addresses. */
  personal_data_keys: namedKeys,
});

export interface NamedKey {
  /** Stands beside every hash that was made under this key; never used again for another secret. */
  readonly name: string;
  readonly secret: Secret;
}

/** What an installation knows and nobody else; lost, its own hashes can't be compared any more. */
export interface InstallationSecrets {
  readonly requestHashKeys: readonly [NamedKey, ...NamedKey[]];
  readonly personalDataKeys: readonly [NamedKey, ...NamedKey[]];
}

/**
 * Reads the file that `SECRETS_FILE` names.
 * @throws ConfigError that names SECRETS_FILE
 */
export function readSecretsFile(path: string): InstallationSecrets {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new ConfigError(['SECRETS_FILE must name a readable file of JSON.']);
  }
  const parsed = fileShape.safeParse(content);
  if (!parsed.success) {
    throw new ConfigError([
      'SECRETS_FILE must name a file with request_hash_keys and personal_data_keys.',
    ]);
  }
  return {
    requestHashKeys: withSecrets(parsed.data.request_hash_keys),
    personalDataKeys: withSecrets(parsed.data.personal_data_keys),
  };
}

/** Makes the file (mode 600) if there is none; all of it or nothing. */
export function ensureSecretsFile(path: string): void {
  if (existsSync(path)) return;
  const content = { request_hash_keys: [newKey()], personal_data_keys: [newKey()] };
  const workshop = `${path}.${process.pid}`;
  writeFileSync(workshop, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(workshop, path);
}

function newKey(): { name: string; secret: string } {
  return {
    name: `k_${randomBytes(4).toString('hex')}`,
    secret: randomBytes(32).toString('base64url'),
  };
}

function withSecrets(keys: z.infer<typeof namedKeys>): [NamedKey, ...NamedKey[]] {
  const named = keys.map(({ name, secret }) => ({ name, secret: new Secret(secret) }));
  return named as [NamedKey, ...NamedKey[]]; // reason: the shape asks for one at least
}
