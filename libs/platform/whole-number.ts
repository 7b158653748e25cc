import { InvalidArgumentError } from 'commander';

const DIGITS_MAX = 9;

/** The whole number that an option takes. @throws InvalidArgumentError a sentence for whoever typed it */
export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && text.length <= DIGITS_MAX) return Number(text);
  throw new InvalidArgumentError(`It takes a whole number of up to ${DIGITS_MAX} digits.`);
}

/** A whole number of at least 1, for what none of would be nothing. @throws InvalidArgumentError */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It takes a whole number of at least 1.');
}

/** Several, with commas between them. @throws InvalidArgumentError */
export function positiveNumbers(text: string): readonly number[] {
  return text.split(',').map(positiveNumber);
}
