import { InvalidArgumentError } from 'commander';

const DIGITS_MAX = 9;

/** The whole number that an option takes. @throws InvalidArgumentError a sentence for whoever typed it */
export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && text.length <= DIGITS_MAX) return Number(text);
  throw new InvalidArgumentError(`It takes a whole number of up to ${DIGITS_MAX} digits.`);
}

/** Several, with commas between them. @throws InvalidArgumentError */
export function wholeNumbers(text: string): readonly number[] {
  return text.split(',').map(wholeNumber);
}
