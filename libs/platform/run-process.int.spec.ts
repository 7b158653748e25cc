import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const DEADLINE_MS = 20_000;
const DIST = resolve(import.meta.dirname, '../../dist/libs/platform');

describe('runProcess', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-process-'));
  const started: ChildProcess[] = [];
  let count = 0;

  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('closes on SIGTERM and exits 0', async () => {
    const child = await up(`return { close: async () => { console.log('closed') } };`);
    child.process.kill('SIGTERM');
    expect(await child.exit()).toBe(0);
    expect(child.output()).toContain('closed');
  });

  it('closes in the same way when its terminal is closed', async () => {
    const child = await up(`return { close: async () => { console.log('closed') } };`);
    child.process.kill('SIGHUP');
    expect(await child.exit()).toBe(0);
    expect(child.output()).toContain('closed');
  });

  it('cuts off a stop that takes longer than its grace time, and says so by its exit code', async () => {
    const child = await up(`return { close: () => new Promise(() => {}) };`, {
      SHUTDOWN_GRACE_MS: '50',
    });
    child.process.kill('SIGTERM');
    expect(await child.exit()).toBe(1);
    expect(child.output()).toContain('could not stop in time');
  });

  it('prints each fault of the configuration on a line of stderr and exits 78', async () => {
    const child = start(`throw new ConfigError(['PORT must be a port.', 'HOST must be a host.']);`);
    expect(await child.exit()).toBe(78);
    expect(child.errors()).toBe('PORT must be a port.\nHOST must be a host.\n');
    const other = start(`return { close: async () => {} };`, { LOG_LEVEL: 'loud' });
    expect(await other.exit()).toBe(78);
    expect(other.errors()).toMatch(/^LOG_LEVEL must be one of fatal, .*\.\n$/);
  });

  it.each([
    ['a rejection', `Promise.reject(new Error('lost'));`],
    ['an exception', `setTimeout(() => { throw new Error('lost'); });`],
    [
      'work that fails',
      `return { working: Promise.reject(new Error('lost')), close: async () => {} };`,
    ],
  ])('logs %s that nobody caught and exits 1', async (_what, code) => {
    const child = start(`${code}\nreturn { close: async () => {} };`);
    expect(await child.exit()).toBe(1);
    expect(child.output()).toContain('lost');
  });

  it('ends when the channel to its parent closes', async () => {
    const child = await up(`return { close: async () => { console.log('closed') } };`);
    child.process.disconnect();
    expect(await child.exit()).toBe(0);
    expect(child.output()).toContain('closed');
  });

  it('ends when its parent is not the one that it was told', async () => {
    const child = await up(`return { close: async () => {} };`, { TILLSTREAM_PARENT_PID: '1' });
    expect(await child.exit()).toBe(0);
  });

  it('stops while it still starts, and closes what came up meanwhile', async () => {
    const child = await up(`
      await new Promise((done) => signal.addEventListener('abort', done));
      return { close: async () => { console.log('closed') } };`);
    child.process.kill('SIGINT');
    expect(await child.exit()).toBe(0);
    expect(child.output()).toContain('closed');
  });

  it('ends with its fault also where nobody reads its log any more', async () => {
    const child = await up(`
      process.once('disconnect', () => {
        logger.warn('one line that waits');
        throw new Error('lost');
      });
      return { close: () => new Promise(() => {}) };`);
    child.process.stdout?.destroy();
    child.process.stderr?.destroy();
    child.process.disconnect();
    const [code] = (await once(child.process, 'exit')) as [number | null];
    expect(code).toBe(1);
  });

  function start(body: string, env: Record<string, string> = {}) {
    const file = join(folder, `process-${(count += 1)}.mjs`);
    writeFileSync(
      file,
      `import { runProcess } from '${pathToFileURL(join(DIST, 'run-process.js')).href}';
       import { ConfigError } from '${pathToFileURL(join(DIST, 'config.js')).href}';
       const alive = setInterval(() => {}, 1_000);
       await runProcess('spec', async ({ signal, logger }) => {
         console.log('starting');
         ${body}
       }, process.env);`,
    );
    const child = spawn(process.execPath, [file], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    started.push(child);
    if (child.stdout === null || child.stderr === null) throw new Error('both are piped');
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    // Not 'close': Node doesn't give it after a disconnect of ours.
    const read = Promise.all([once(child.stdout, 'end'), once(child.stderr, 'end')]);
    const closed = once(child, 'exit').then(async ([code]: (number | null)[]) => {
      await read;
      return code;
    });
    return { process: child, output: () => output, errors: () => errors, exit: () => closed };
  }

  async function up(body: string, env: Record<string, string> = {}) {
    const child = start(body, env);
    const deadline = performance.now() + DEADLINE_MS;
    while (!child.output().includes('starting')) {
      if (performance.now() > deadline) throw new Error(`it did not start: ${child.errors()}`);
      await pause(10);
    }
    return child;
  }
});
