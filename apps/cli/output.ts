import { errorCode } from '../../libs/platform/error-code.js';

/** Where a command writes; a terminal says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** What a shell tells of a program that SIGPIPE ended. */
const ENDED_BY_SIGPIPE = 141;
const NOT_WRITTEN = 2;

/** Whoever reads may have read enough, as `head` has: that ends the program, without a word. A full disk has one. */
export function endWithReader(
  output: Output,
  exit: (code: number) => void,
  complaints: Output = process.stderr,
): void {
  output.on('error', (error) => {
    const code = errorCode(error) ?? 'unknown';
    if (code === 'EPIPE') return exit(ENDED_BY_SIGPIPE);
    complaints.write(`The output can't be written (${code}).\n`);
    exit(NOT_WRITTEN);
  });
}

/** Control and format characters: a terminal moves, hides or turns what stands around them. Line feeds are among them. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line that shows as it is written: texts of strangers may be made to pass for words of ours. */
export function lineOf(text: string): string {
  return text.replace(NOT_SHOWN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
