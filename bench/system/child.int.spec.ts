import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, runToResult } from './child.js';

const folder = mkdtempSync(join(tmpdir(), 'bench-child-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, source: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, source);
  return file;
}

describe('a server of the bench', () => {
  const childOf = (name: string, source: string) => {
    const ending = new AbortController();
    const logFile = join(folder, `${name}.log`);
    return {
      ending,
      child: new Child({ name, file: fileOf(name, source), env: {}, logFile, ending }),
    };
  };

  it('ends the run when it dies, with its last words', async () => {
    const { ending, child } = childOf('mortal', `console.error('no room'); process.exit(3);`);
    await expect(child.ready('/')).rejects.toThrow('mortal ended with 3. no room');
    expect(ending.signal.aborted).toBe(true);
    await child.stop();
  });

  it('ends no run when it is stopped', async () => {
    const { ending, child } = childOf('stopped', `setInterval(() => {}, 1000);`);
    await child.stop();
    expect(ending.signal.aborted).toBe(false);
  });
});

describe('a task of the bench', () => {
  it('gives what it sent', async () => {
    const file = fileOf('task', `process.send(Number(process.argv[2]) + 1); process.disconnect();`);
    expect(await runToResult(file, 41, new AbortController().signal)).toBe(42);
  });

  it('ends with the run', async () => {
    const file = fileOf('long', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
    const ending = new AbortController();
    const task = runToResult(file, null, ending.signal);
    ending.abort();
    await expect(task).rejects.toThrow('aborted');
  });

  it('does not begin after the run', async () => {
    const signal = AbortSignal.abort(new Error('over'));
    await expect(runToResult(fileOf('none', ''), 1, signal)).rejects.toThrow('over');
  });
});
