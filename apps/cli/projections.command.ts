import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { Environment } from '../../libs/platform/config.js';
import { PROJECTIONS } from '../../projections/registry.js';
import type { Difference } from '../../projections/runner/compare-versions.js';
import type { Projection } from '../../projections/runner/projection.js';
import { listProjections } from '../../projections/runner/query.js';
import { rebuildProjection, type RebuildResult } from '../../projections/runner/rebuild.js';
import { SomethingFound } from './exit-codes.js';
import { CommandFailed, withInstallation, type Installation } from './installation.js';
import { progressDisplay } from './rebuild-progress.js';
import { table } from './table.js';
import type { Output } from './output.js';

/** `tillstream projections list | rebuild NAME`. */
export function projectionsCommand(env: Environment, output: Output): Command {
  const command = new Command('projections').description(
    'look at the read models, build them anew',
  );
  command
    .command('list')
    .description('where each read model stands')
    .action(() =>
      withInstallation(env, async (installation) => {
        const rows = await listProjections(installation);
        output.write(
          table(
            ['NAME', 'STATE', 'VERSION', 'LAG (EVENTS)', 'LAG (S)', 'POSITION'],
            rows.map((row) => [
              row.name,
              row.state,
              String(row.version),
              String(row.lag_events),
              row.lag_seconds.toFixed(1),
              row.position,
            ]),
          ),
        );
      }),
    );
  command
    .command('rebuild')
    .argument('<name>', PROJECTIONS.map(({ name }) => name).join(', '))
    .option('--accept-differences', 'switch although the new version differs from the live one')
    .description('build the next version beside the live one, compare, switch')
    .action((name: string, options: { acceptDifferences?: boolean }) =>
      withInstallation(env, (installation) =>
        rebuild(installation, output, {
          projection: known(name),
          acceptDifferences: options.acceptDifferences === true,
        }),
      ),
    );
  return command;
}

/** Underscores will do as well: the views are named so. */
function known(name: string): Projection {
  const projection = PROJECTIONS.find((one) => one.name === name.replaceAll('_', '-'));
  if (projection !== undefined) return projection;
  const names = PROJECTIONS.map((one) => one.name).join(', ');
  throw new CommandFailed(`There is no read model of that name; there are ${names}.`);
}

async function rebuild(
  installation: Installation,
  output: Output,
  wanted: { readonly projection: Projection; readonly acceptDifferences: boolean },
): Promise<void> {
  const { name } = wanted.projection;
  const display = progressDisplay(output, name);
  const stop = new AbortController();
  const onSignal = () => stop.abort(new CommandFailed(STOPPED));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const result = await rebuildProjection({
      ...installation,
      ...wanted,
      holder: `cli-${process.pid}-${randomUUID()}`,
      signal: stop.signal,
      onProgress: (progress) => display.show(progress),
    });
    display.end();
    output.write(differencesText(result));
    if (result.outcome === 'refused') throw new SomethingFound(refusal(name));
    output.write(`${name}: readers now see version ${result.version}.\n`);
  } finally {
    display.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

const STOPPED = 'Stopped; the same command goes on from there. Readers still see the old version.';

function refusal(name: string): string {
  return (
    `${name}: the new version differs from the live one, so readers keep the old one. ` +
    'Look at the rows above; --accept-differences switches all the same.'
  );
}

function differencesText(result: RebuildResult): string {
  return result.differences.map((difference) => `${sentence(difference)}\n`).join('');
}

function sentence({ table: of, what, column, live, next, examples }: Difference): string {
  const rows = examples.length === 0 ? '' : `, for example in ${examples.join(', ')}`;
  return what === 'rows'
    ? `${of}: ${next} rows, the live version has ${live}${rows}`
    : `${of}: column ${column ?? ''} differs${rows}`;
}
