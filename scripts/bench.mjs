// `npm run bench`: builds what runs and then the bench itself, beside it; nothing of the bench is in dist/.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, ROOT, run } from './prepare.mjs';

const ROOM = join(ROOT, 'bench', 'results', '.built');
/** Parts of the application that the bench imports: those of dist, so that they are what is measured. */
const LINKED = ['apps', 'libs', 'projections'];

await prepare();
mkdirSync(ROOM, { recursive: true });
for (const folder of LINKED) {
  const link = join(ROOM, folder);
  if (!existsSync(link)) symlinkSync(join('..', '..', '..', 'dist', folder), link);
}
const swc = join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
const code = await run(process.execPath, [swc, 'bench', '--out-dir', ROOM, '--quiet']);
if (code !== 0) process.exit(code);
process.exitCode = await run(process.execPath, [
  join(ROOM, 'bench', 'main.js'),
  ...process.argv.slice(2),
]);
