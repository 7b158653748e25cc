import fc from 'fast-check';
import { AMOUNT_MAX } from './amount.js';
import { amountFromStored, storedAmountOf } from './stored-amount.js';

describe('amounts as they are stored', () => {
  it('are what was written and read, in any order of few different ones', () => {
    const few = fc.oneof(fc.constantFrom(0n, 1n, 1000n), fc.bigInt({ min: 0n, max: AMOUNT_MAX }));
    fc.assert(
      fc.property(fc.array(fc.tuple(few, fc.boolean())), (steps) => {
        for (const [amount, writes] of steps) {
          if (writes) expect(storedAmountOf(amount)).toBe(`${amount}`);
          else expect(amountFromStored(`${amount}`)).toBe(amount);
        }
      }),
    );
  });

  it('are written in one way, however they were read', () => {
    expect(amountFromStored('0042')).toBe(42n);
    expect(storedAmountOf(42n)).toBe('42');
  });

  it('are whole numbers, and one that is none leaves the next as it is', () => {
    expect(amountFromStored('7')).toBe(7n);
    expect(() => amountFromStored('7.5')).toThrow(SyntaxError);
    expect(() => amountFromStored('7.5')).toThrow(SyntaxError);
    expect(amountFromStored('7')).toBe(7n);
  });
});
