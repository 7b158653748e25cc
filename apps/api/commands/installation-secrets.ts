import { createHmac, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../../../libs/platform/config.js';
import type { RequestHashes } from '../../../libs/platform/request-hashes.js';

const SECRET_BYTES_MIN = 16;
/** Checked here: Node's decoder skips any other character and makes a key of the rest. Tools add line breaks. */
const BASE64 = /^[A-Za-z0-9+/_\r\n-]+={0,2}\s*$/;

const fileSchema = z.object({
  requestHashKeys: z
    .array(z.object({ name: z.string().regex(/^\w{1,32}$/), secret: z.base64() }))
    .min(1),
});

/**
 * Hashes under a key of the installation: a bare hash of an address or of a small body could be guessed. The key's name
 * stands before the hash, so that keys can change.
 */
export class KeyedHash {
  constructor(
    readonly name: string,
    private readonly key: Buffer,
    private readonly retired: readonly KeyedHash[] = [],
  ) {}

  /** `<key name>:<hex HMAC-SHA-256>`; other purposes give other hashes of the same text. */
  of(purpose: 'request' | 'customer_ip' | 'customer_email', text: string): string {
    return `${this.name}:${createHmac('sha256', this.key).update(`${purpose}\n${text}`).digest('hex')}`;
  }

  /** Of a body in its canonical form, under the current key and those before it. */
  ofRequest(canonical: string): RequestHashes {
    return {
      requestHash: this.of('request', canonical),
      olderHashes: this.retired.map((key) => key.of('request', canonical)),
    };
  }
}

/**
 * From the file of the installation's secrets (its first key is the current one), else from REQUEST_HASH_KEY.
 * @throws ConfigError
 */
export function keyedHashFrom(config: {
  readonly secretsFile: string | undefined;
  readonly requestHashKey: string | undefined;
}): KeyedHash {
  if (config.secretsFile !== undefined) return fromFile(config.secretsFile);
  if (config.requestHashKey !== undefined) {
    // Named by itself: a changed key must not pass for the one before it.
    const name = `env_${hash('sha256', config.requestHashKey, 'hex').slice(0, 8)}`;
    return keyedHash('REQUEST_HASH_KEY', { name, secret: config.requestHashKey });
  }
  throw new ConfigError([
    'SECRETS_FILE is not set: name the file of secrets, or set REQUEST_HASH_KEY.',
  ]);
}

function fromFile(path: string): KeyedHash {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(['SECRETS_FILE names a file that can not be read.']);
  }
  let keys: z.infer<typeof fileSchema>['requestHashKeys'];
  try {
    keys = fileSchema.parse(JSON.parse(text)).requestHashKeys;
  } catch {
    throw new ConfigError(['SECRETS_FILE names a file that does not hold requestHashKeys.']);
  }
  const [current, ...retired] = keys;
  return keyedHash(
    'SECRETS_FILE',
    current,
    retired.map((key) => keyedHash('SECRETS_FILE', key)),
  );
}

function keyedHash(
  variable: 'SECRETS_FILE' | 'REQUEST_HASH_KEY',
  key: { readonly name: string; readonly secret: string } | undefined,
  retired: readonly KeyedHash[] = [],
): KeyedHash {
  const bytes = Buffer.from(key?.secret ?? '', 'base64');
  if (key !== undefined && BASE64.test(key.secret) && bytes.length >= SECRET_BYTES_MIN) {
    return new KeyedHash(key.name, bytes, retired);
  }
  throw new ConfigError([
    `${variable} must give a key of at least ${SECRET_BYTES_MIN} bytes in base64.`,
  ]);
}
