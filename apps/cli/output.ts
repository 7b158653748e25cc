import { errorCode } from '../../libs/platform/postgres.js';

/** Where a command writes; a terminal says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** What a shell tells of a program that SIGPIPE ended. */
const ENDED_BY_SIGPIPE = 141;

/** Whoever reads may have read enough, as `head` has: that ends the program, without a word. */
export function endWithReader(output: Output, exit: (code: number) => void): void {
  output.on('error', (error) => {
    if (errorCode(error) !== 'EPIPE') throw error;
    exit(ENDED_BY_SIGPIPE);
  });
}
