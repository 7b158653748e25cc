import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../../libs/platform/config.js';

const SECRET_BYTES = 32;

const shape = z.looseObject({
  webhookSecrets: z.record(z.string(), z.string().min(16)).optional(),
});

/**
 * Makes the file that SECRETS_FILE names (mode 600) if there is none, and adds what an older release did not write: all
 * of it or nothing. The name of a new key is random: hashes carry it, and beside old data a new key must not pass for
 * the lost one.
 * @returns the secret of each gateway's webhooks
 * @throws ConfigError
 */
export function ensureSecretsFile(
  path: string,
  gateways: readonly string[],
): Readonly<Record<string, string>> {
  const known = existsSync(path) ? readSecrets(path) : { requestHashKeys: [newKey()] };
  const secrets = known.webhookSecrets ?? {};
  const missing = gateways.filter((name) => secrets[name] === undefined);
  const webhookSecrets = {
    ...secrets,
    ...Object.fromEntries(missing.map((name) => [name, `whsec_${newSecret()}`])),
  };
  if (missing.length > 0 || !existsSync(path)) writeSecrets(path, { ...known, webhookSecrets });
  return webhookSecrets;
}

type Secrets = z.output<typeof shape>;

function readSecrets(path: string): Secrets {
  try {
    return shape.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new ConfigError([
      'TILLSTREAM_DATA_DIR holds a secrets.json that can not be read; put the right one back.',
    ]);
  }
}

function writeSecrets(path: string, secrets: Secrets): void {
  const workshop = `${path}.${process.pid}`;
  const text = `${JSON.stringify(secrets, null, 2)}\n`;
  writeFileSync(workshop, text, { mode: 0o600, flush: true });
  renameSync(workshop, path);
}

function newKey() {
  return { name: `k_${randomBytes(4).toString('hex')}`, secret: newSecret() };
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64');
}
