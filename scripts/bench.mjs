// `npm run bench`: builds what runs and then the bench itself, beside it; nothing of the bench is in dist/. Then this
// process becomes the bench: a Ctrl-C reaches it at once, and it takes the time that stopping Postgres needs.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBeside } from './beside.mjs';

const built = await buildBeside('bench', join('bench', 'results', '.built'));
await import(pathToFileURL(join(built, 'main.js')).href);
