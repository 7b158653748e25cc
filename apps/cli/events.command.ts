import { Command, InvalidArgumentError } from 'commander';
import { LOG_START } from '../../libs/event-store/event-store.js';
import type { Environment } from '../../libs/platform/config.js';
import { withInstallation } from './installation.js';
import type { Output } from './output.js';

const LIMIT_MAX = 10_000;
const LIMIT_DEFAULT = 20;

/** `tillstream events list`: the log as it is stored, a JSON line an event. */
export function eventsCommand(env: Environment, output: Output): Command {
  const command = new Command('events').description('read the log');
  command
    .command('list')
    .description('events in the order of the log, a JSON line each')
    .option('--after <position>', 'begin behind this position', position, LOG_START)
    .option('--limit <count>', `how many, at most ${LIMIT_MAX}`, limit, LIMIT_DEFAULT)
    .option('--stream <name>', 'only this stream')
    .action((options: { after: string; limit: number; stream?: string }) =>
      withInstallation(env, async ({ store }) => {
        const events =
          options.stream === undefined
            ? (await store.readAll(options.after, options.limit)).events
            : (await store.readStream(options.stream))
                .filter((event) => event.position > options.after)
                .slice(0, options.limit);
        for (const event of events) output.write(`${JSON.stringify(event)}\n`);
      }),
    );
  return command;
}

function position(text: string): string {
  // Positions given to clients carry the log's id before a dot.
  const bare = text.slice(text.lastIndexOf('.') + 1);
  if (!/^[0-9a-f]{32}$/.test(bare)) throw new InvalidArgumentError('a position has 32 hex digits');
  return bare;
}

function limit(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > LIMIT_MAX) {
    throw new InvalidArgumentError(`a whole number from 1 to ${LIMIT_MAX}`);
  }
  return count;
}
