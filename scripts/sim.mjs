// `npm run sim [-- --seeds N --seed S --seconds T --trace]`: a whole installation in virtual time, from one seed each.
import { join } from 'node:path';
import { bundleSimulation } from './bundle-simulation.mjs';
import { prepare, ROOT, run } from './prepare.mjs';

const BUNDLE = join(ROOT, '.simulation', 'main.mjs');

await prepare();
await bundleSimulation(BUNDLE);
// One seed alone, as a failed run says it.
const { SIM_SEED } = process.env;
const alone = SIM_SEED ? ['--seed', SIM_SEED, '--seeds', '1'] : [];
const args = [...process.argv.slice(2), ...alone]; // the last of two counts
process.exitCode = await run(process.execPath, ['--enable-source-maps', BUNDLE, ...args]);
