import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from './free-port.js';
import { identityOf, stillRuns } from './process-identity.js';

/** Its threads take their time to end after a kill: all this memory is given back first. */
const LARGE_PROCESS = `
import { createServer } from 'node:net';
const kept = Buffer.alloc(300 * 1024 * 1024, 1);
createServer().listen(Number(process.argv.at(-1)), '127.0.0.1', () => console.log(kept.length));
`;
const ROUNDS = 4;

describe('the identity of a process', () => {
  it('is gone only when its ports are free', async () => {
    const port = await freePort();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', LARGE_PROCESS, '--', String(port)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      const identity = identityOf(child.pid ?? 0);
      if (identity === undefined) throw new Error('no process');

      child.kill('SIGKILL');
      while (stillRuns(identity)); // without a pause, which would hide the moment

      const next = createServer().listen(port, '127.0.0.1');
      await once(next, 'listening');
      next.close();
      await ended;
    }
  }, 30_000);
});
