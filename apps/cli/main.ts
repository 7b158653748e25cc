#!/usr/bin/env node
import { Command } from 'commander';
import { z } from 'zod';
import { ConfigError, crashAtVariable, loadConfig } from '../../libs/platform/config.js';
import { armCrashPoint } from '../../libs/platform/crash-points.js';
import { scrubText } from '../../libs/platform/logging.js';
import { doctorCommand } from './doctor.command.js';
import { eventsCommand } from './events.command.js';
import { keysCommand } from './keys.command.js';
import { projectionsCommand } from './projections.command.js';
import { verifyCommand } from './verify.command.js';

const { env, stdout } = process;

const variables = z.object({ CRASH_AT: crashAtVariable().optional() });

const program = new Command('tillstream')
  .description(
    'Looks after a Tillstream installation: the one of TILLSTREAM_DATA_DIR or DATABASE_URL.',
  )
  .addCommand(projectionsCommand(env, stdout))
  .addCommand(eventsCommand(env, stdout))
  .addCommand(keysCommand(env, stdout))
  .addCommand(doctorCommand(env, stdout))
  .addCommand(verifyCommand(env, stdout));

try {
  armCrashPoint(loadConfig(variables, env).CRASH_AT);
  await program.parseAsync();
} catch (error) {
  // Errors of ours are sentences; a stack would only hide them.
  const text = error instanceof ConfigError ? error.faults.join('\n') : messageOf(error);
  process.stderr.write(`${scrubText(text)}\n`);
  process.exitCode = 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
