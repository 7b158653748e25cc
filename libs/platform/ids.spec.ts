import { derivedUuid, newEventId } from './ids.js';

describe('ids', () => {
  it('makes event ids that sort as they were made', () => {
    const ids = Array.from({ length: 2_000 }, () => newEventId());
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it('derives the same id from the same parts, and another from others', () => {
    expect(derivedUuid('pay_1', 'capture', 2)).toBe(derivedUuid('pay_1', 'capture', 2));
    expect(derivedUuid('a', 'bc')).not.toBe(derivedUuid('ab', 'c'));
    expect(derivedUuid('a', 1)).not.toBe(derivedUuid('a', '1'));
  });

  it('never changes what it derives: keys at gateways rest on it', () => {
    expect(derivedUuid('pay_1', 'purchase', 1)).toBe('b3656450-6068-587e-acd2-d35e54fcbc93');
  });
});
