import { Command } from 'commander';
import { adoptLog } from '../../libs/event-store/postgres/log-identity.js';
import { adoptProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import type { Environment } from '../../libs/platform/config.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { openPool } from '../../libs/platform/postgres.js';
import { adoptCheckpoints } from '../../projections/runner/catalog.js';
import { doctorChecks, type DoctorCheck } from './doctor-checks.js';
import { failOnFindings } from './exit-codes.js';
import { addressesOf, CommandFailed, notThere, withInstallation } from './installation.js';
import type { Output } from './output.js';

const HELP = `
Looks at what can be told in a moment: whether the log can be followed from here, checkpoints, gaps, the end of the log,
the newest seal, and what the last scheduled verification found. Exits with 1 on any finding, and with 2
where it could not look. tillstream verify looks at everything.`;

/** `tillstream doctor`: what is wrong here; `--adopt` makes a restored copy a log of its own. */
export function doctorCommand(env: Environment, output: Output): Command {
  return new Command('doctor')
    .description('look at what can be told in a moment')
    .option('--adopt', 'make a restored copy of the log one of its own; stop all processes first')
    .addHelpText('after', HELP)
    .action(async (options: { adopt?: boolean }) => {
      if (options.adopt === true) await adopt(env, output);
      await withInstallation(env, async (installation) => {
        const { store } = installation;
        output.write(
          `The log ${await store.logId()} can be followed; its head is ${await store.head()}.\n`,
        );
        const checks = await doctorChecks(env, installation);
        for (const check of checks) output.write(linesOf(check));
        failOnFindings(checks.reduce((sum, { found }) => sum + found.length, 0));
      });
    });
}

function linesOf({ name, looked, said, found }: DoctorCheck): string {
  if (found.length > 0) return found.map((fault) => `FOUND ${name}: ${fault}\n`).join('');
  return `${looked ? 'ok   ' : '-    '} ${name}: ${said}\n`;
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
  } catch (error) {
    throw notThere(error);
  } finally {
    await pool.end();
  }
}
