import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hottestFunctions } from './report/hottest.js';
import { pictureOf } from './report/picture.js';
import { figuresOf, tableOf } from './report/table.js';
import { populate } from './scenarios/cell.js';
import { DUELS, runDuel, type DuelRow } from './scenarios/duels.js';
import { LONG } from './scenarios/long.js';
import type { Figure } from './scenarios/figure.js';
import { SINGLES } from './scenarios/singles.js';
import { startSystem } from './system/system.js';

/** `npm run bench [-- SCENARIO] [--profile]`. */
const RESULTS = join(import.meta.dirname, '..', '..');
const PROFILES = join(RESULTS, 'profiles');
const POPULATION = 2_000;
const HOTTEST_COUNT = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    profile: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '16,64,128' },
    hottest: { type: 'string', default: String(HOTTEST_COUNT) },
    only: { type: 'string' },
  },
});
const [wanted] = positionals;
const known = [...DUELS.map(({ name }) => name), ...Object.keys({ ...SINGLES, ...LONG })];
if (wanted !== undefined && !known.includes(wanted)) {
  process.stderr.write(`There is no scenario ${wanted}; there are ${known.join(', ')}.\n`);
  process.exit(1);
}
const plan = {
  connections: values.connections.split(',').map(Number),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  only: values.only,
};

const tell = (text: string) => process.stderr.write(`${text}\n`);

async function measure(): Promise<void> {
  const profile = { server: 'api-in-process', folder: PROFILES } as const;
  const system = await startSystem(values.profile ? { profile } : {});
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
if (values.profile) {
  for (const { name, place, share } of hottestFunctions(PROFILES, Number(values.hottest))) {
    process.stdout.write(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}\n`);
  }
}
