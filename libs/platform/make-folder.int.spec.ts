import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';

describe('makeFolder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-folder-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes what is missing on the way, and leaves what is there', () => {
    const deep = join(folder, 'a b', 'ü', 'c');
    makeFolder(deep);
    makeFolder(deep);
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it('takes no file for a folder', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => makeFolder(file)).toThrow('EEXIST');
    expect(() => makeFolder(join(file, 'below'))).toThrow('EEXIST');
  });

  const onProc = existsSync('/proc/self') ? it : it.skip;
  onProc('gives up where no folder can be made, instead of trying for ever', () => {
    expect(() => makeFolder('/proc/tillstream/below')).toThrow('ENOENT');
  });
});
