import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSecretsFile } from './secrets-file.js';

describe('the file of secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-secrets-'));
  const path = join(folder, 'secrets.json');
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => rmSync(path, { force: true }));

  const read = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

  it('is made once, for its owner alone', () => {
    const secrets = ensureSecretsFile(path, ['alpha', 'bravo']);
    expect(secrets['alpha']).toMatch(/^whsec_[\w+/=]{44}$/);
    expect(secrets['alpha']).not.toBe(secrets['bravo']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(ensureSecretsFile(path, ['alpha', 'bravo'])).toEqual(secrets);
  });

  it('keeps what it holds where it gets what it lacks', () => {
    const requestHashKeys = [{ name: 'k_1', secret: 'c2VjcmV0' }];
    writeFileSync(path, JSON.stringify({ requestHashKeys, other: 1 }));
    const secrets = ensureSecretsFile(path, ['alpha']);
    expect(read()).toEqual({ requestHashKeys, other: 1, webhookSecrets: secrets });
  });

  it('is refused where it can not be read, and stays as it is', () => {
    writeFileSync(path, 'half');
    expect(() => ensureSecretsFile(path, ['alpha'])).toThrow('secrets.json');
    expect(readFileSync(path, 'utf8')).toBe('half');
  });
});
