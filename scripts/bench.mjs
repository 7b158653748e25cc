// `npm run bench`: builds what runs and then the bench itself, beside it; nothing of the bench is in dist/.
import { join } from 'node:path';
import { buildBeside } from './beside.mjs';
import { run } from './prepare.mjs';

const built = await buildBeside('bench', join('bench', 'results', '.built'));
process.exitCode = await run(process.execPath, [join(built, 'main.js'), ...process.argv.slice(2)]);
