import fc from 'fast-check';
import { AMOUNT_MAX, AMOUNT_MIN, isAmount } from './amount.js';
import { exponentOf, formatAmount, isCurrency, parseAmount } from './currency.js';
import { ISO_4217_CODES_BY_EXPONENT } from './iso-4217.js';

const codes = Object.values(ISO_4217_CODES_BY_EXPONENT).flatMap((list) => list.split(' '));

describe('currencies (I-15)', () => {
  it('knows each current code once', () => {
    expect(codes).toHaveLength(165);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  });

  it.each([
    ['JPY', 0],
    ['KRW', 0],
    ['CLP', 0],
    ['UYI', 0],
    ['EUR', 2],
    ['XCG', 2],
    ['BHD', 3],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('%s has %i decimals', (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  it.each(['XAU', 'XXX', 'XTS', 'BGN', 'HRK', 'ANG', 'eur', 'EU', 'EURO', '', '__proto__'])(
    'refuses %j, which is no current currency with a minor unit',
    (code) => {
      expect(isCurrency(code)).toBe(false);
      expect(() => exponentOf(code)).toThrow(RangeError);
    },
  );
});

describe('amounts as text', () => {
  it.each([
    [1005n, 'EUR', '10.05'],
    [5n, 'EUR', '0.05'],
    [0n, 'EUR', '0.00'],
    [-5n, 'EUR', '-0.05'],
    [7n, 'JPY', '7'],
    [1n, 'KWD', '0.001'],
    [123456n, 'CLF', '12.3456'],
    [AMOUNT_MAX, 'EUR', '1000000000000000.00'],
  ])('%s %s is %s', (minorUnits, currency, text) => {
    expect(formatAmount(minorUnits, currency)).toBe(text);
    expect(parseAmount(text, currency)).toBe(minorUnits);
  });

  it.each([
    '10.005',
    '10.',
    '.5',
    '1e3',
    '1,000',
    '+1',
    '--1',
    ' 1',
    '1\n',
    '',
    '٣',
    '1'.repeat(65),
  ])('reads no amount of EUR from %j', (text) => expect(parseAmount(text, 'EUR')).toBeNull());

  it('takes fewer decimals, never more than the currency has', () => {
    expect(parseAmount('10.5', 'EUR')).toBe(1050n);
    expect(parseAmount('10', 'EUR')).toBe(1000n);
    expect(parseAmount('10.0', 'JPY')).toBeNull();
  });

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }),
        fc.constantFrom(...codes),
        (minorUnits, currency) =>
          parseAmount(formatAmount(minorUnits, currency), currency) === minorUnits,
      ),
    );
  });

  it('bounds an amount at both ends', () => {
    expect([AMOUNT_MIN - 1n, AMOUNT_MIN, AMOUNT_MAX, AMOUNT_MAX + 1n].map(isAmount)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
