import { Command } from 'commander';
import type { Environment } from '../../libs/platform/config.js';
import { doctorCommand } from './doctor.command.js';
import { eventsCommand } from './events.command.js';
import { keysCommand } from './keys.command.js';
import type { Output } from './output.js';
import { projectionsCommand } from './projections.command.js';
import { verifyCommand } from './verify.command.js';

/** `tillstream` with all that it does. */
export function tillstreamCommand(env: Environment, output: Output): Command {
  return (
    new Command('tillstream')
      .description(
        'Looks after a Tillstream installation: the one of TILLSTREAM_DATA_DIR or DATABASE_URL.',
      )
      // Else `verify` takes what stands behind `verify statement` for its own. Each command above it has to say so.
      .enablePositionalOptions()
      .addCommand(projectionsCommand(env, output))
      .addCommand(eventsCommand(env, output))
      .addCommand(keysCommand(env, output))
      .addCommand(doctorCommand(env, output))
      .addCommand(verifyCommand(env, output))
  );
}
