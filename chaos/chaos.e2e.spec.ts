import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = resolve(import.meta.dirname, '..');
const SECONDS = 20;
const SEED = 7;
/** A bound against hanging: on a busy machine the house takes its time to start and to come to rest. */
const TIMEOUT_MS = 600_000;

describe('the kill loop', () => {
  let child: ChildProcess | undefined;
  afterAll(() => child?.kill('SIGTERM'));

  it(
    'kills a house under load, and finds every promise kept',
    async () => {
      const script = join(ROOT, 'scripts', 'chaos.mjs');
      const args = [script, '--seconds', String(SECONDS), '--seed', String(SEED)];
      const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child = running;
      const ended = once(running, 'exit');
      const said = await text(running.stdout);
      const [code] = await ended;

      const last = said.trimEnd().split('\n').at(-1) ?? '';
      const [, kills, operations, violations] =
        /^kills=(\d+) operations=(\d+) violations=(\d+)$/.exec(last) ?? [];
      // All of it, so that whoever reads a failure sees what went wrong when.
      expect({ said, violations }).toEqual({ said, violations: '0' });
      expect(Number(kills)).toBeGreaterThan(0);
      expect(Number(operations)).toBeGreaterThan(0);
      expect(code).toBe(0);
      expect(said).toContain(`seed ${SEED}`);
    },
    TIMEOUT_MS,
  );
});
