import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pinoPretty } from '../../libs/platform/pretty.js';

/**
 * Carries the output of children to ours, whole lines at a time: JSON as it is, or readable on a terminal; anything
 * else (a stack trace of Node itself) behind the child's name.
 */
export class ChildOutput {
  readonly #pretty = process.stdout.isTTY ? pinoPretty() : undefined;

  carry(name: string, stdout: Readable | null, stderr: Readable | null): void {
    this.#lines(stdout, (line) => {
      if (!line.startsWith('{')) process.stdout.write(`${name} | ${line}\n`);
      else if (this.#pretty === undefined) process.stdout.write(`${line}\n`);
      else this.#pretty.write(`${line}\n`);
    });
    this.#lines(stderr, (line) => process.stderr.write(`${name} | ${line}\n`));
  }

  #lines(stream: Readable | null, write: (line: string) => void): void {
    if (stream === null) return;
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', write);
  }
}
