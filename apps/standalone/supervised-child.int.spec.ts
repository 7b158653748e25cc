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
/** Refuses its configuration once: what it was told may be on its way still. */
const REFUSING_CHILD = `
import { existsSync, writeFileSync } from 'node:fs';
if (!existsSync(process.env.MARK)) {
  writeFileSync(process.env.MARK, '');
  process.exit(78);
}
${READY_CHILD}`;

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
    const child = await childOf({ file });
    process.execPath = execPath();
    child.start();
    process.execPath = node;

    await child.ready();

    expect(child.identity).toBeDefined();
    await child.stop();
  });

  it('that came up before, elsewhere, is started again whatever it ends with', async () => {
    const refusing = join(folder, 'refusing.mjs');
    writeFileSync(refusing, REFUSING_CHILD);
    const first = await childOf({ file: refusing, mark: 'first' });
    first.start();
    await expect(first.ready()).rejects.toThrow(/refused its configuration/);
    const again = await childOf({ file: refusing, mark: 'again', cameUpBefore: true });

    again.start();
    await again.ready();

    expect(again.identity).toBeDefined();
    await again.stop();
  });

  async function childOf(about: { file: string; mark?: string; cameUpBefore?: boolean }) {
    const port = await freePort();
    const mark = join(folder, about.mark ?? 'mark');
    return new SupervisedChild(
      {
        name: 'spec',
        file: about.file,
        env: { PORT: String(port), MARK: mark },
        ownUrl: `http://127.0.0.1:${port}`,
      },
      {
        logger: createLogger('spec', { level: 'silent' }),
        output: new ChildOutput(),
        graceMs: 1_000,
        cameUpBefore: about.cameUpBefore ?? false,
        onChange: () => undefined,
      },
    );
  }
});
