import { accessSync, constants, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { hottestFunctions } from './report/hottest.js';
import { pictureOf } from './report/picture.js';
import { figuresOf, tableOf } from './report/table.js';
import { readOptions } from './options.js';
import { populate } from './scenarios/cell.js';
import { DUELS, runDuel, type DuelRow } from './scenarios/duels.js';
import { LONG } from './scenarios/long.js';
import type { Figure } from './scenarios/figure.js';
import { SINGLES } from './scenarios/singles.js';
import { startSystem, type System } from './system/system.js';

const RESULTS = join(import.meta.dirname, '..', '..');
const PROFILES = join(RESULTS, 'profiles');
const POPULATION = 2_000;
/** As a shell tells it: 128 and the number of the signal. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const options = readOptions(process.argv);
const { scenario: wanted, profile: profiles, ...plan } = options;

const tell = (text: string) => process.stderr.write(`${text}\n`);

async function measure(system: System): Promise<string> {
  const population = await populate(system, POPULATION);
  const rows: DuelRow[] = [];
  for (const duel of DUELS) {
    if (wanted !== undefined && duel.name !== wanted) continue;
    rows.push(...(await runDuel(system, duel, { ...plan, population, tell })));
    save(rows, []);
  }
  const floors = rows.filter(({ contestant }) => contestant === 'floor').map(({ rate }) => rate);
  const floorRate = floors.length === 0 ? undefined : Math.max(...floors);
  const figures: Figure[] = [];
  for (const [name, single] of Object.entries({ ...SINGLES, ...LONG })) {
    if (wanted === undefined ? name in LONG : name !== wanted) continue;
    tell(name);
    figures.push(...(await single({ system, population, floorRate, tell })));
    save(rows, figures);
  }
  return tableOf(rows) + figuresOf(figures);
}

/** After every scenario, so that a run that is stopped has its figures so far. */
function save(rows: readonly DuelRow[], figures: readonly Figure[]): void {
  const report = { node: process.version, cores: availableParallelism(), rows, figures };
  writeFileSync(join(RESULTS, 'last.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'last.svg'), pictureOf(rows));
}

/** Known before minutes are spent on what could not be written. @throws Error of the file system */
function profileFolder(): string | undefined {
  accessSync(RESULTS, constants.W_OK);
  if (!profiles) return undefined;
  mkdirSync(PROFILES, { recursive: true });
  return mkdtempSync(join(PROFILES, 'run-'));
}

async function run(ending: AbortController): Promise<void> {
  const folder = profileFolder();
  const profile =
    folder === undefined ? undefined : ({ server: 'api-in-process', folder } as const);
  const system = await startSystem({ profile, ending });
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason));
  });
  let text = '';
  try {
    ending.signal.throwIfAborted();
    text = await Promise.race([measure(system), ended]);
  } finally {
    await system.stop();
  }
  process.stdout.write(text);
  if (folder === undefined) return;
  for (const { name, place, share } of hottestFunctions(folder, options.hottest)) {
    process.stdout.write(`${(share * 100).toFixed(1).padStart(5)} %  ${name}  ${place}\n`);
  }
  tell(`the profile is in ${folder}`);
}

const ending = new AbortController();
// Not once: npm passes on a Ctrl-C that the whole group got already.
for (const [signal, code] of Object.entries(EXIT_CODES)) {
  process.on(signal, () => {
    process.exitCode ??= code;
    ending.abort(new Error(`stopped by ${signal}`));
  });
}
// Nobody reads on (`| head`): what runs has to be stopped all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => ending.abort(error));
}
try {
  await run(ending);
} catch (error) {
  const reason: unknown = ending.signal.aborted ? ending.signal.reason : error;
  tell(`bench: ${reason instanceof Error ? reason.message : String(reason)}`);
  process.exitCode ??= 1;
}
process.exit();
