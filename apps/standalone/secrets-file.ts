import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';

const SECRET_BYTES = 32;

/**
 * Makes the file that SECRETS_FILE names (mode 600) if there is none: all of it or nothing. The key gets a name by
 * chance: hashes carry the name, and a new installation on old data must not take its own key for the lost one.
 */
export function ensureSecretsFile(path: string): void {
  if (existsSync(path)) return;
  const key = {
    name: `k_${randomBytes(4).toString('hex')}`,
    secret: randomBytes(SECRET_BYTES).toString('base64'),
  };
  const workshop = `${path}.${process.pid}`;
  const text = `${JSON.stringify({ requestHashKeys: [key] }, null, 2)}\n`;
  writeFileSync(workshop, text, { mode: 0o600, flush: true });
  renameSync(workshop, path);
}
