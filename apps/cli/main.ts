#!/usr/bin/env node
import { z } from 'zod';
import { ConfigError, crashAtVariable, loadConfig } from '../../libs/platform/config.js';
import { armCrashPoint } from '../../libs/platform/crash-points.js';
import { scrubText } from '../../libs/platform/logging.js';
import { endWithReader } from './output.js';
import { tillstreamCommand } from './tillstream.command.js';

const { env, stdout } = process;

const variables = z.object({ CRASH_AT: crashAtVariable().optional() });

endWithReader(stdout, (code) => process.exit(code));

try {
  armCrashPoint(loadConfig(variables, env).CRASH_AT);
  await tillstreamCommand(env, stdout).parseAsync();
} catch (error) {
  // Errors of ours are sentences; a stack would only hide them.
  const text = error instanceof ConfigError ? error.faults.join('\n') : messageOf(error);
  process.stderr.write(`${scrubText(text)}\n`);
  process.exitCode = 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
