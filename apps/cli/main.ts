#!/usr/bin/env node
import { CommanderError } from 'commander';
import { z } from 'zod';
import { ConfigError, crashAtVariable, loadConfig } from '../../libs/platform/config.js';
import { armCrashPoint } from '../../libs/platform/crash-points.js';
import { scrubText } from '../../libs/platform/logging.js';
import { exitCodeOf, throwInsteadOfExit } from './exit-codes.js';
import { endWithReader } from './output.js';
import { tillstreamCommand } from './tillstream.command.js';

const { env, stdout } = process;

const variables = z.object({ CRASH_AT: crashAtVariable().optional() });

endWithReader(stdout, (code) => process.exit(code));

try {
  armCrashPoint(loadConfig(variables, env).CRASH_AT);
  await throwInsteadOfExit(tillstreamCommand(env, stdout)).parseAsync();
} catch (error) {
  // Commander has said what it had to say.
  if (!(error instanceof CommanderError)) process.stderr.write(`${scrubText(messageOf(error))}\n`);
  process.exitCode = exitCodeOf(error);
}

/** Errors of ours are sentences; a stack would only hide them. */
function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join('\n');
  return error instanceof Error ? error.message : String(error);
}
