import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the preparation of a clone', () => {
  const clone = mkdtempSync(join(tmpdir(), 'tillstream-clone-'));
  const npm = join(clone, 'npm.js');

  beforeAll(() => {
    mkdirSync(join(clone, 'scripts'));
    mkdirSync(join(clone, 'node_modules'));
    cpSync(join(import.meta.dirname, 'prepare.mjs'), join(clone, 'scripts/prepare.mjs'));
    writeFileSync(join(clone, 'package.json'), '{"engines":{"node":"any"}}');
    writeFileSync(join(clone, 'package-lock.json'), '{"packages":{"":{}}}');
    writeFileSync(npm, `console.log('npm', process.argv[2]); process.exit(7);`);
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  it.each([[''], ['{"packages": {"node_mod']])(
    'installs anew where a kill has left %j of what npm writes last',
    (left) => {
      writeFileSync(join(clone, 'node_modules/.package-lock.json'), left);

      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['-e', `await (await import('./scripts/prepare.mjs')).prepare()`, '--input-type=module'],
        { cwd: clone, env: { npm_execpath: npm }, encoding: 'utf8' },
      );

      expect(stdout).toContain('npm ci');
      expect(stderr).toBe('tillstream: npm ci ended with code 7; what it said stands above\n');
    },
  );

  it('leaves a command line that the system can run, as `npx tillstream` does', () => {
    const { stdout, error } = spawnSync(
      join(import.meta.dirname, '..', 'dist/apps/cli/main.js'),
      ['--help'],
      { encoding: 'utf8' },
    );

    expect(error).toBeUndefined();
    expect(stdout).toContain('Usage: tillstream');
  });
});
