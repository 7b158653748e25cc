import { parseArgs } from 'node:util';
import { FAULT_KINDS } from './faults.js';
import { simulate, type SimulationReport } from './simulation.js';
import { SimulationSum } from './simulation-sum.js';

/** `npm run sim [-- --seeds N --seed S --seconds T --trace]`. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    /** Prints all that happened in the last run. */
    trace: { type: 'boolean', default: false },
  },
});

const SEEDS_DEFAULT = 500;
const SEED_SPREAD = 1_000_000_000;

const first = Number(values.seed ?? Math.floor(Math.random() * SEED_SPREAD));
const forMs = values.seconds === undefined ? Infinity : Number(values.seconds) * 1_000;
const count = Number(values.seeds ?? (forMs === Infinity ? SEEDS_DEFAULT : Infinity));
if (![first, count].every((number) => number >= 0) || Number.isNaN(forMs)) {
  throw new TypeError('--seeds, --seed and --seconds take numbers');
}

const sum = new SimulationSum();
let last: SimulationReport | null = null;
const startedMs = performance.now();
for (let seed = first; seed < first + count; seed += 1) {
  if (performance.now() - startedMs > forMs) break;
  last = await simulate(seed);
  sum.add(last);
  if (last.violations.length > 0) say(sum.failureText(last));
}
if (values.trace && last !== null) say(last.trace.join('\n'));
say(sum.text(performance.now() - startedMs));
if (count === 1 && last !== null) say(`trace ${last.traceHash}`);
const missed = FAULT_KINDS.filter((kind) => !sum.faults.has(kind));
if (missed.length > 0 && count > 1) say(`not met: ${missed.join(', ')}`);
say(`seeds=${sum.seeds} payments=${sum.payments} violations=${sum.violations}`);
process.exitCode = sum.violations === 0 ? 0 : 1;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
