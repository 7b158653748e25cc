import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tableOf } from './report/table.js';
import { populate } from './scenarios/cell.js';
import { DUELS, runDuel, type DuelRow } from './scenarios/duels.js';
import { startSystem } from './system/system.js';

/** `npm run bench [-- SCENARIO] [--profile]`. */
const RESULTS = join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    profile: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16,64,128' },
  },
});
const [wanted] = positionals;
const plan = {
  connections: values.connections.split(',').map(Number),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
};
const POPULATION = 2_000;

const tell = (text: string) => process.stderr.write(`${text}\n`);
const system = await startSystem();
try {
  const population = await populate(system, POPULATION);
  const rows: DuelRow[] = [];
  for (const duel of DUELS) {
    if (wanted !== undefined && duel.name !== wanted) continue;
    rows.push(...(await runDuel(system, duel, { ...plan, population, tell })));
  }
  mkdirSync(RESULTS, { recursive: true });
  const report = { rows, startUpMs: system.startUpMs, memory: system.memory() };
  writeFileSync(join(RESULTS, 'last.json'), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(tableOf(rows));
} finally {
  await system.stop();
}
