import { CommanderError, type Command } from 'commander';
import { CommandFailed } from './installation.js';

/** As `diff` and `grep` have it: a script can tell a finding from a proof that was never made. */
const SOMETHING_FOUND = 1;
const NOT_DONE = 2;

/** The command did its work, and what it looked at is not as it should be; the output says what. */
export class SomethingFound extends CommandFailed {}

/** @throws SomethingFound where there is anything */
export function failOnFindings(count: number): void {
  if (count > 0) throw new SomethingFound(count === 1 ? '1 finding.' : `${count} findings.`);
}

/** 0 where commander has only shown its help. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  return error instanceof SomethingFound ? SOMETHING_FOUND : NOT_DONE;
}

/** Commander would end the program by itself, with 1 for words that it does not know. */
export function throwInsteadOfExit(command: Command): Command {
  command.exitOverride();
  for (const one of command.commands) throwInsteadOfExit(one as Command); // reason: commander's own type of a parent
  return command;
}
