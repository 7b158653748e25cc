import fc from 'fast-check';
import { isMoreDaysAfter } from './days-between.js';

const DAY_MS = 86_400_000;

describe('isMoreDaysAfter', () => {
  it.each([
    ['the same instant', '2026-01-09T10:00:00.000Z', '2026-01-09T10:00:00.000Z', 0, false],
    ['a millisecond later', '2026-01-09T10:00:00.001Z', '2026-01-09T10:00:00.000Z', 0, true],
    ['exactly so many days', '2026-03-01T10:00:00.000Z', '2026-02-27T10:00:00.000Z', 2, false],
    ['a leap day between', '2028-03-01T10:00:00.000Z', '2028-02-28T10:00:00.000Z', 1, true],
    ['a century without one', '2100-03-01T10:00:00.000Z', '2100-02-28T10:00:00.000Z', 1, false],
    ['the end of a year', '2027-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z', 0, true],
    ['before', '2026-01-01T10:00:00.000Z', '2026-01-09T10:00:00.000Z', 0, false],
  ])('%s', (_, to, from, days, expected) => {
    expect(isMoreDaysAfter(to, from, days)).toBe(expected);
  });

  it('agrees with the clock in milliseconds', () => {
    const instants = fc.date({
      min: new Date('1970-01-01T00:00:00.000Z'),
      max: new Date('2400-01-01T00:00:00.000Z'),
      noInvalidDate: true,
    });
    const nearly = fc.integer({ min: -1, max: 1 });
    fc.assert(
      fc.property(instants, fc.nat({ max: 400 }), nearly, nearly, (from, days, ms, more) => {
        const to = new Date(from.getTime() + (days + more) * DAY_MS + ms);
        const expected = to.getTime() - from.getTime() > days * DAY_MS;
        expect(isMoreDaysAfter(to.toISOString(), from.toISOString(), days)).toBe(expected);
      }),
    );
  });
});
