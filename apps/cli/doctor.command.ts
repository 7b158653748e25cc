import { Command } from 'commander';
import { adoptLog } from '../../libs/event-store/postgres/log-identity.js';
import { adoptProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import type { Environment } from '../../libs/platform/config.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { openPool } from '../../libs/platform/postgres.js';
import { adoptCheckpoints } from '../../projections/runner/catalog.js';
import { addressesOf, CommandFailed, withInstallation } from './installation.js';
import type { Output } from './output.js';

/** `tillstream doctor`: what is wrong here; `--adopt` makes a restored copy a log of its own. */
export function doctorCommand(env: Environment, output: Output): Command {
  return new Command('doctor')
    .description('look whether the log can be followed from here')
    .option('--adopt', 'make a restored copy of the log one of its own; stop all processes first')
    .action(async (options: { adopt?: boolean }) => {
      if (options.adopt === true) await adopt(env, output);
      await withInstallation(env, async ({ store }) => {
        output.write(
          `The log ${await store.logId()} is in order; its head is ${await store.head()}.\n`,
        );
      });
    });
}

async function adopt(env: Environment, output: Output): Promise<void> {
  const { databaseUrl, eventStoreUrl } = addressesOf(env);
  if (eventStoreUrl !== undefined) {
    throw new CommandFailed(
      'The log is in EventStoreDB, which keeps its own identity: nothing to adopt.',
    );
  }
  const pool = openPool({ databaseUrl, applicationName: 'tillstream cli', max: 1 });
  try {
    const logId = await adoptLog(pool);
    crashPoint('log-adopted');
    await adoptCheckpoints(pool, logId);
    await adoptProcessorCheckpoint(pool, logId);
    output.write(`Adopted: this log is now ${logId}.\n`);
  } finally {
    await pool.end();
  }
}
