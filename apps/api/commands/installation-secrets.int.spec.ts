import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyedHashFrom } from './installation-secrets.js';

const SECRET = Buffer.alloc(32, 7).toString('base64');

describe('keyedHashFrom', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    file = join(folder, 'secrets.json');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function given(content: unknown) {
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return keyedHashFrom({ secretsFile: file, requestHashKey: undefined });
  }

  it('takes the first key of the file, and names it in each hash', async () => {
    const keys = [
      { name: 'k2', secret: SECRET },
      { name: 'k1', secret: Buffer.alloc(32, 1).toString('base64') },
    ];
    const hash = (await given({ requestHashKeys: keys })).of('request', '{}');
    expect(hash).toMatch(/^k2:[0-9a-f]{64}$/);
    expect(hash).toBe((await given({ requestHashKeys: keys.slice(0, 1) })).of('request', '{}'));
  });

  it('gives other hashes for other purposes', async () => {
    const keyed = await given({ requestHashKeys: [{ name: 'k1', secret: SECRET }] });
    const purposes = ['request', 'customer_ip', 'customer_email'] as const;
    expect(new Set(purposes.map((purpose) => keyed.of(purpose, 'x'))).size).toBe(3);
  });

  it.each([
    ['text', 'hunter2', /SECRETS_FILE names a file that does not hold/],
    ['no keys', { requestHashKeys: [] }, /SECRETS_FILE names a file that does not hold/],
    [
      'a short key',
      { requestHashKeys: [{ name: 'k', secret: 'aHVudGVyMg==' }] },
      /SECRETS_FILE must give a key of at least 16 bytes/,
    ],
  ])('refuses a file with %s, without showing it', async (_what, content, sentence) => {
    const refused = given(content);
    await expect(refused).rejects.toThrow(sentence);
    await expect(refused).rejects.not.toThrow(/hunter2|aHVu/);
  });

  it('refuses to go without a key', () => {
    const nothing = { secretsFile: undefined, requestHashKey: undefined };
    expect(() => keyedHashFrom(nothing)).toThrow(/^SECRETS_FILE is not set/);
    expect(() => keyedHashFrom({ ...nothing, requestHashKey: 'eA==' })).toThrow(/REQUEST_HASH_KEY/);
    const phrase = 'a phrase of words, which is no base64';
    expect(() => keyedHashFrom({ ...nothing, requestHashKey: phrase })).toThrow(/REQUEST_HASH_KEY/);
    keyedHashFrom({ ...nothing, requestHashKey: `${SECRET}\n` });
    expect(keyedHashFrom({ ...nothing, requestHashKey: SECRET }).name).toMatch(/^env_[0-9a-f]{8}$/);
  });
});
