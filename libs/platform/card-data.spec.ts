import { randomUUID } from 'node:crypto';
import { hasCardData, hasCardDataAnywhere, jsonHasCardData } from './card-data.js';

// Test numbers that the networks and processors publish for this purpose.
const CARDS: readonly [string, string][] = [
  ['Visa', '4111111111111111'],
  ['Visa of 13 digits', '4222222222222'],
  ['Mastercard', '5555555555554444'],
  ['Mastercard of the 2 range', '2223003122003222'],
  ['American Express', '378282246310005'],
  ['Diners', '30569309025904'],
  ['Discover', '6011111111111117'],
  ['JCB', '3530111333300000'],
  ['UnionPay of 19 digits', '6205500000000000004'],
  ['Maestro', '6759649826438453'],
];

describe('hasCardData', () => {
  it.each(CARDS)('finds a %s number', (_network, card) => {
    expect(hasCardData(card)).toBe(true);
  });

  it.each([
    ['spaces', '4111 1111 1111 1111'],
    ['dashes', '4111-1111-1111-1111'],
    ['many of both', '4111 - 1111 -- 1111  1111'],
    ['a dash of typographers', '4111\u20131111\u20131111\u20131111'],
    ['spaces that do not break', '4111\u00a01111\u00a01111\u00a01111'],
    ['soft hyphens', '4111\u00ad1111\u00ad1111\u00ad1111'],
    ['spaces of no width', '4111\u200b1111\u200b1111\u200b1111'],
    ['marks of direction around its groups', '\u202a4111\u202c \u202a1111\u202c 1111 1111'],
    ['minus signs', '4111\u22121111\u22121111\u22121111'],
    ['line breaks', '4111\n1111\n1111\n1111'],
    ['every digit alone', '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'],
    ['full width digits', '\uff14\uff11\uff11\uff11'.repeat(1) + '111111111111'],
    ['text around', 'my card is 4111111111111111, thanks'],
    ['letters that touch it', 'card4111111111111111x'],
    ['a number before it', 'order 12 4111 1111 1111 1111'],
    ['a number after it', '4111111111111111 12/30 123'],
    ['another card before it', '378282246310006 4111111111111111'],
    ['the dashes of a UUID, and a letter behind it', '41111111-1111-1111-0000-000000000000-a'],
  ])('finds one with %s', (_what, text) => {
    expect(hasCardData(text)).toBe(true);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['twelve digits', '411111111111'],
    ['twenty digits in one', '41111111111111110000'],
    ['no network', '1234567890123452'],
    ['a time in ms', '1732230000001'],
    ['an instant', '2026-11-21T23:15:59.000Z'],
    ['a UUID', '41111111-1111-4111-8111-11111111111a'],
    ['hex of 32 digits', 'pay_4111111111111111a000000000000000'],
    ['two words', 'nothing here'],
    ['commas between', '4111,1111,1111,1111'],
  ])('lets %s pass', (_what, text) => {
    expect(hasCardData(text)).toBe(false);
  });

  it('refuses no UUID, with dashes or without', () => {
    for (let round = 0; round < 20_000; round++) {
      const uuid = randomUUID();
      if (hasCardData(uuid) || hasCardData(`pay_${uuid.replaceAll('-', '')}`)) {
        throw new Error(`${uuid} was taken for a card`);
      }
    }
  });

  it('is not fooled by an id of digits alone', () => {
    expect(hasCardData('4111 1111 1111 1111'.replaceAll(' ', '-'))).toBe(true);
  });
});

describe('hasCardData, of long texts', () => {
  const CHARS = 64 * 1024;
  const DIGITS = '1'.repeat(13);

  it.each([
    ['dashes', DIGITS + '-'.repeat(CHARS)],
    ['spaces', DIGITS + ' '.repeat(CHARS)],
    ['digits with a dash behind each', '1-'.repeat(CHARS / 2)],
    ['numbers that are nearly ids', `${'1'.repeat(31)}-`.repeat(CHARS / 32)],
    ['signs that nobody sees', DIGITS + '\u200b'.repeat(CHARS)],
    ['digits of a network', '4 '.repeat(CHARS / 2)],
    ['signs that are many in their normal form', DIGITS + '\ufdfa'.repeat(CHARS / 18)],
  ])('reads %s in a time that grows with their length alone', (_what, text) => {
    const startedAtMs = performance.now();
    hasCardData(text);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });
});

describe('hasCardDataAnywhere', () => {
  it('looks inside longer numbers too', () => {
    expect(hasCardDataAnywhere('00000000000000004111111111111111')).toBe(true);
    expect(hasCardDataAnywhere('0af7651916cd43dd8448eb211c80319c')).toBe(false);
  });
});

describe('jsonHasCardData', () => {
  it('looks at texts and names at any depth, not at numbers', () => {
    expect(jsonHasCardData({ a: [{ b: '4111111111111111' }] })).toBe(true);
    expect(jsonHasCardData({ a: { '4111 1111 1111 1111': 1 } })).toBe(true);
    expect(jsonHasCardData({ amount: 4111111111111111, b: null, c: true })).toBe(false);
  });
});
