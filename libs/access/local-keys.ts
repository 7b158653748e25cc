import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../platform/config.js';
import { crashPoint } from '../platform/crash-points.js';
import { errorCode } from '../platform/error-code.js';
import { makeFolder } from '../platform/make-folder.js';
import { formatApiKey, newSecret, parseApiKey } from './api-key-text.js';
import { newKeyId, type ApiKeys } from './api-keys.js';
import type { Role } from './role.js';

/** The keys of a local installation, by the names under which the file has them. merchant_2 is another tenant. */
const LOCAL_KEYS = {
  merchant: { role: 'merchant', merchantId: 'mer_local' },
  merchant_2: { role: 'merchant', merchantId: 'mer_local_2' },
  analyst: { role: 'analyst', merchantId: null },
  auditor: { role: 'auditor', merchantId: null },
  operator: { role: 'operator', merchantId: null },
  admin: { role: 'admin', merchantId: null },
} as const satisfies Record<string, { role: Role; merchantId: string | null }>;

const keyText = z.string().refine((text) => parseApiKey(text) !== null);
const fileSchema = z.object({
  merchant: keyText,
  merchant_2: keyText,
  analyst: keyText,
  auditor: keyText,
  operator: keyText,
  admin: keyText,
});
export type LocalKeys = z.infer<typeof fileSchema>;
type LocalKeyName = keyof LocalKeys;

const FILE_MODE = 0o600;
const BY = { actor: 'system:start', correlationId: 'start' };

/**
 * Makes the file of local keys (mode 600) where it is missing, and registers each of its keys that the store doesn't
 * know. The file is whole before the first key is registered, so a start after a crash in between repairs the rest;
 * a store that was emptied gets the same keys again.
 * @throws ConfigError when the file is there and can't be used, and what the event store throws
 */
export async function registerLocalKeys(path: string, keys: ApiKeys): Promise<LocalKeys> {
  const texts = await readOrCreate(path);
  crashPoint('local-keys-written');
  for (const name of Object.keys(LOCAL_KEYS) as LocalKeyName[]) {
    // Parsed once already, by the schema.
    const given = parseApiKey(texts[name]);
    if (given === null) continue;
    const wanted = { ...LOCAL_KEYS[name], name: `local ${name}`, expiresAt: null } as const;
    await keys.create({ ...wanted, origin: 'local' }, BY, given);
  }
  return texts;
}

async function readOrCreate(path: string): Promise<LocalKeys> {
  const existing = await readKeys(path);
  if (existing !== null) return existing;
  const names = Object.keys(LOCAL_KEYS);
  const texts = Object.fromEntries(
    names.map((name) => [name, formatApiKey({ keyId: newKeyId(), secret: newSecret() })]),
  );
  await createFile(path, `${JSON.stringify(texts, null, 2)}\n`);
  // Of two processes that start at once one made the file; both use what stands there.
  const created = await readKeys(path);
  if (created === null) throw new ConfigError([`${VARIABLE} names a file that can not be read.`]);
  return created;
}

const VARIABLE = 'BOOTSTRAP_KEYS_FILE';

async function readKeys(path: string): Promise<LocalKeys | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new ConfigError([`${VARIABLE} names a file that can not be read.`]);
  }
  try {
    const keys = fileSchema.parse(JSON.parse(text));
    await chmod(path, FILE_MODE);
    return keys;
  } catch {
    throw new ConfigError([
      `${VARIABLE} names ${basename(path)}, which does not hold the keys of all roles; put it back, or remove it for new ones.`,
    ]);
  }
}

/** Whole or not at all, also over a crash; never over a file that is there. */
async function createFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    makeFolder(dirname(path));
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw new ConfigError([`${VARIABLE} names a file that can not be written.`]);
  } finally {
    await rm(temporary, { force: true });
  }
}
