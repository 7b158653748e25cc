import { errorCode } from '../../libs/platform/error-code.js';

/** Where a command writes; a terminal says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** What a shell tells of a program that SIGPIPE ended. */
const ENDED_BY_SIGPIPE = 141;
const NOT_WRITTEN = 2;

/** A reader that has read enough, as `head` has, ends the program silently; a full disk ends it with a message. */
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

/** The text as one line without anything that a terminal obeys: a stranger's text must not pass for ours. */
export function lineOf(text: string): string {
  return text.replace(NOT_SHOWN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
