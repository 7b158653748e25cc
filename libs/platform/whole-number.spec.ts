import { positiveNumber, positiveNumbers, wholeNumber } from './whole-number.js';

describe('the whole number of an option', () => {
  it('is what was typed, also several with commas', () => {
    expect(wholeNumber('060')).toBe(60);
    expect(positiveNumbers('16,64')).toEqual([16, 64]);
  });

  it.each(['', 'x', '-3', '1.5', '1e3', ' 7', '1234567890', 'Infinity'])('is not "%s"', (text) => {
    expect(() => wholeNumber(text)).toThrow('It takes a whole number of up to 9 digits.');
    expect(() => positiveNumbers(`1,${text}`)).toThrow('whole number');
  });

  it.each(['0', '00'])('is not "%s" where none would be nothing', (text) => {
    expect(wholeNumber(text)).toBe(0);
    expect(() => positiveNumber(text)).toThrow('It takes a whole number of at least 1.');
    expect(() => positiveNumbers(`1,${text}`)).toThrow('at least 1');
  });
});
