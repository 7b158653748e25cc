// `npm run sim`: bundles the simulation, which is no part of what is built and shipped, and runs it.
import { join } from 'node:path';
import { prepare, ROOT, run } from './prepare.mjs';

const BUNDLE = join(ROOT, '.simulation', 'main.mjs');

await prepare();
// Only now: the preparation installs it.
const { build } = await import('esbuild');
await build({
  entryPoints: [join(ROOT, 'libs', 'testing', 'simulation', 'main.ts')],
  outfile: BUNDLE,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
// One seed alone, as a failed run says it.
const { SIM_SEED } = process.env;
const args = SIM_SEED === undefined ? process.argv.slice(2) : ['--seed', SIM_SEED, '--seeds', '1'];
process.exitCode = await run(process.execPath, ['--enable-source-maps', BUNDLE, ...args]);
