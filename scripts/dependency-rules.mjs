// `npm run rules`: who may import whom (.dependency-cruiser.cjs).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './prepare.mjs';

const FOLDERS = ['apps', 'libs', 'projections', 'bench', 'chaos'];
const folders = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)));
process.exitCode = await run(process.execPath, [
  join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
  '--config',
  '.dependency-cruiser.cjs',
  ...folders,
]);
