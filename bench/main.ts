import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { wholeNumber, wholeNumbers } from '../libs/platform/whole-number.js';
import { hottestFunctions } from './report/hottest.js';
import { pictureOf } from './report/picture.js';
import { figuresOf, tableOf } from './report/table.js';
import { populate } from './scenarios/cell.js';
import { DUELS, runDuel, type DuelRow } from './scenarios/duels.js';
import { LONG } from './scenarios/long.js';
import type { Figure } from './scenarios/figure.js';
import { SINGLES } from './scenarios/singles.js';
import { startSystem } from './system/system.js';

const RESULTS = join(import.meta.dirname, '..', '..');
const PROFILES = join(RESULTS, 'profiles');
const POPULATION = 2_000;
const HOTTEST_COUNT = 10;
/** As a shell tells it: 128 and SIGINT's number. */
const INTERRUPTED = 130;

interface Options {
  readonly profile: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly hottest: number;
  readonly only?: string;
}

const SCENARIOS = [...DUELS.map(({ name }) => name), ...Object.keys({ ...SINGLES, ...LONG })];

const program = new Command('npm run bench --')
  .description(
    'Measures the built product beside bare floors; the long scenarios run by name only.',
  )
  .addArgument(new Argument('[scenario]', 'only this one').choices(SCENARIOS))
  .option('--rounds <number>', 'of each contestant; their median counts', wholeNumber, 3)
  .option('--seconds <number>', 'that each round takes', wholeNumber, 2)
  .option('--connections <numbers>', 'one after the other', wholeNumbers, [16, 64, 128])
  .option('--only <text>', 'contestants whose name contains it, beside the floor')
  .option('--profile', 'profiles the API and prints its hottest functions', false)
  .option('--hottest <number>', 'how many functions --profile prints', wholeNumber, HOTTEST_COUNT)
  .parse();
const [wanted] = program.args;
const options = program.opts<Options>();
const { profile: profiles, ...plan } = options;

const tell = (text: string) => process.stderr.write(`${text}\n`);

async function measure(): Promise<void> {
  const profile = { server: 'api-in-process', folder: PROFILES } as const;
  const system = await startSystem(profiles ? { profile } : {});
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void system.stop().finally(() => process.exit(INTERRUPTED)));
  }
  try {
    const population = await populate(system, POPULATION);
    const rows: DuelRow[] = [];
    for (const duel of DUELS) {
      if (wanted !== undefined && duel.name !== wanted) continue;
      rows.push(...(await runDuel(system, duel, { ...plan, population, tell })));
      save(rows, []);
    }
    const floorRate = rows.find(({ contestant }) => contestant === 'floor')?.rate;
    const figures: Figure[] = [];
    for (const [name, single] of Object.entries({ ...SINGLES, ...LONG })) {
      if (wanted === undefined ? name in LONG : name !== wanted) continue;
      tell(name);
      figures.push(...(await single({ system, population, floorRate, tell })));
      save(rows, figures);
    }
    process.stdout.write(tableOf(rows) + figuresOf(figures));
  } finally {
    await system.stop();
  }
}

/** After every scenario, so that a run that is stopped has its figures so far. */
function save(rows: readonly DuelRow[], figures: readonly Figure[]): void {
  mkdirSync(RESULTS, { recursive: true });
  const report = { node: process.version, cores: availableParallelism(), rows, figures };
  writeFileSync(join(RESULTS, 'last.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'last.svg'), pictureOf(rows));
}

await measure();
if (profiles) {
  for (const { name, place, share } of hottestFunctions(PROFILES, options.hottest)) {
    process.stdout.write(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}\n`);
  }
}
