import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../libs/platform/config.js';
import { lockDataDir } from './instance-lock.js';

describe('lockDataDir', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-lock-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes the folder, refuses a second start, and lets go', () => {
    const dataDir = join(folder, 'a b', 'ü');
    const letGo = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow('TILLSTREAM_DATA_DIR is in use');
    letGo();
    lockDataDir(dataDir)();
  });

  it('refuses a file, and what lies below one', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'data')]) refuses(path);
  });

  const onProc = existsSync('/proc/self') ? it : it.skip;
  onProc('refuses where no folder can be made', () => refuses('/proc/tillstream'));

  function refuses(path: string): void {
    const sentence = 'TILLSTREAM_DATA_DIR must be a folder that this user may write to.';
    expect(() => lockDataDir(path)).toThrow(new ConfigError([sentence]));
  }
});
