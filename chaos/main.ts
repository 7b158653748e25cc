import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { wholeNumber } from '../libs/platform/whole-number.js';
import { runChaos, type ChaosResult } from './run-chaos.js';

const SEEDS = 1_000_000;
const SHOWN_MAX = 40;
/** Enough to kill everything. */
const GIVE_UP_MS = 1_000;

interface Options {
  readonly seconds: number;
  readonly seed?: number;
  readonly clients: number;
  readonly store?: string;
  readonly keep: boolean;
}

const options = new Command('npm run chaos --')
  .description('Runs a house under load while everything goes wrong, and proves what it promised.')
  .option('--seconds <number>', 'how long things go wrong', wholeNumber, 60)
  .option('--seed <number>', 'chooses what goes wrong, and the load; else by chance', wholeNumber)
  .option('--clients <number>', 'how many send calls at once', wholeNumber, 8)
  .option('--store <url>', 'esdb://...: an EventStoreDB without payments, for the log')
  .option('--keep', 'leaves the folder of the run also where nothing is wrong', false)
  .parse()
  .opts<Options>();
const { seconds, seed = Math.floor(Math.random() * SEEDS), clients, store, keep } = options;

const folder = mkdtempSync(join(tmpdir(), 'tillstream-chaos-'));
chmodSync(folder, 0o755); // as root, Postgres is another user and has to get in
const beganAt = performance.now();

const givingUp = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say(`stopped by ${signal}; the run is in ${folder}`);
    givingUp.abort();
    setTimeout(() => process.exit(1), GIVE_UP_MS);
  });
}

say(`seed ${seed}, ${seconds} s, ${clients} clients, in ${folder}`);
try {
  report(
    await runChaos({
      ...{ seed, seconds, clients, folder },
      eventStoreUrl: store,
      signal: givingUp.signal,
      tell: say,
    }),
  );
} catch (error) {
  say(`there was no run: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function report({ kills, operations, violations }: ChaosResult): void {
  for (const { rule, where, message } of violations.slice(0, SHOWN_MAX)) {
    say(`VIOLATION ${rule}: ${where}: ${message}`);
  }
  if (violations.length > SHOWN_MAX) say(`and ${violations.length - SHOWN_MAX} more`);
  if (violations.length === 0 && !keep) {
    rmSync(folder, { recursive: true, force: true });
  } else {
    writeFileSync(join(folder, 'violations.json'), JSON.stringify(violations, null, 2));
    say(
      `the run is in ${folder}; its plan again: npm run chaos -- --seconds ${seconds} --seed ${seed}`,
    );
  }
  process.stdout.write(`kills=${kills} operations=${operations} violations=${violations.length}\n`);
  // At once: a connection that was broken on purpose must not keep this process.
  process.exit(violations.length === 0 ? 0 : 1);
}

function say(text: string): void {
  const atS = ((performance.now() - beganAt) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${atS} s  ${text}\n`);
}
