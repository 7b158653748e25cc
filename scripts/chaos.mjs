// `npm run chaos`: builds what runs and then the kill loop itself, beside it; nothing of it is in dist/.
import { join } from 'node:path';
import { buildBeside } from './beside.mjs';
import { run } from './prepare.mjs';

const built = await buildBeside('chaos', join('chaos', '.built'));
process.exitCode = await run(process.execPath, [join(built, 'main.js'), ...process.argv.slice(2)]);
