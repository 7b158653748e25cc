import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../libs/platform/free-port.js';
import { createLogger } from '../../libs/platform/logging.js';
import { ChildOutput } from './child-output.js';
import { SupervisedChild } from './supervised-child.js';

const READY_CHILD = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('{}')).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a supervised child', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-child-'));
  const file = join(folder, 'child.mjs');
  const node = process.execPath;

  beforeAll(() => writeFileSync(file, READY_CHILD));
  afterEach(() => {
    process.execPath = node;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['gives no process', () => join(folder, 'no-node-here')],
    ['refuses what a process was to be given', () => `${node}\0`],
  ])('is started again after the system %s', async (_what, execPath) => {
    const port = await freePort();
    const child = new SupervisedChild(
      { name: 'spec', file, env: { PORT: String(port) }, ownUrl: `http://127.0.0.1:${port}` },
      {
        logger: createLogger('spec', { level: 'silent' }),
        output: new ChildOutput(),
        graceMs: 1_000,
        wasReady: false,
        onChange: () => undefined,
      },
    );
    process.execPath = execPath();
    child.start();
    process.execPath = node;

    await child.ready();

    expect(child.identity).toBeDefined();
    await child.stop();
  });
});
