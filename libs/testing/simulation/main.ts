import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Command } from 'commander';
import { wholeNumber } from '../../platform/whole-number.js';
import { FAULT_KINDS } from './faults.js';
import { simulate, type SimulationReport } from './simulation.js';
import { SimulationSum } from './simulation-sum.js';

const SEEDS_DEFAULT = 500;
const SEED_SPREAD = 1_000_000_000;

interface Share {
  readonly first: number;
  readonly step: number;
  /** Exclusive. */
  readonly end: number;
  readonly forMs: number;
}

async function runSeeds(
  { first, step, end, forMs }: Share,
  take: (report: SimulationReport) => void,
): Promise<void> {
  const startedMs = performance.now();
  for (let seed = first; seed < end; seed += step) {
    if (performance.now() - startedMs > forMs) return;
    take(await simulate(seed));
  }
}

interface Options {
  readonly seeds?: number;
  readonly seed?: number;
  readonly seconds?: number;
  readonly trace: boolean;
}

function optionsOf(): Options {
  return new Command('npm run sim --')
    .description('Runs installations in virtual time, one for each seed, the seeds on all cores.')
    .option('--seeds <number>', `how many; ${SEEDS_DEFAULT} unless --seconds is given`, wholeNumber)
    .option('--seed <number>', 'the first one; else by chance', wholeNumber)
    .option('--seconds <number>', 'as many as fit', wholeNumber)
    .option('--trace', 'prints all that happened in the last run', false)
    .parse()
    .opts<Options>();
}

async function main(): Promise<void> {
  const options = optionsOf();
  const first = options.seed ?? Math.floor(Math.random() * SEED_SPREAD);
  const forMs = options.seconds === undefined ? Infinity : options.seconds * 1_000;
  const count = options.seeds ?? (forMs === Infinity ? SEEDS_DEFAULT : Infinity);

  const sum = new SimulationSum();
  let last: SimulationReport | null = null;
  const take = (report: SimulationReport) => {
    if (last === null || report.seed > last.seed) last = report;
    sum.add(report);
    if (report.violations.length > 0) say(sum.failureText(report));
  };
  const startedMs = performance.now();
  const threads = Math.min(count, availableParallelism());
  const shares = Array.from({ length: threads }, (_, nth): Share => {
    return { first: first + nth, step: threads, end: first + count, forMs };
  });
  await Promise.all(shares.map((share) => runShare(share, take)));

  // The reports came from elsewhere, in an order of their own.
  const newest = last as SimulationReport | null; // reason: assigned in a callback, which narrowing does not follow
  if (options.trace && newest !== null) say(newest.trace.join('\n'));
  say(sum.text(performance.now() - startedMs));
  if (count === 1 && newest !== null) say(`trace ${newest.traceHash}`);
  const missed = FAULT_KINDS.filter((kind) => !sum.faults.has(kind));
  if (missed.length > 0 && count > 1) say(`not met: ${missed.join(', ')}`);
  say(`seeds=${sum.seeds} payments=${sum.payments} violations=${sum.violations}`);
  process.exitCode = sum.violations === 0 ? 0 : 1;
}

/** In a thread of its own. */
function runShare(share: Share, take: (report: SimulationReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.on('message', take);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a simulating thread ended with ${code}`));
    });
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (isMainThread) await main();
// reason: our own main thread hands it over
else await runSeeds(workerData as Share, (report) => parentPort?.postMessage(report));
