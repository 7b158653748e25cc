import { v5 } from 'uuid';
import { derivedUuid, newEventId } from './ids.js';

describe('ids', () => {
  it('makes event ids that sort as they were made', () => {
    // More than a millisecond's counter holds.
    const ids = Array.from({ length: 20_000 }, () => newEventId());
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it('makes event ids that are UUIDs of version 7 and tell when they were made', () => {
    const before = Date.now();
    const id = newEventId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const ms = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    // Ids made before it in one go may have run a few milliseconds ahead.
    expect(ms).toBeGreaterThanOrEqual(before);
    expect(ms).toBeLessThan(Date.now() + 1_000);
  });

  it('derives the same id from the same parts, and another from others', () => {
    expect(derivedUuid('pay_1', 'capture', 2)).toBe(derivedUuid('pay_1', 'capture', 2));
    expect(derivedUuid('a', 'bc')).not.toBe(derivedUuid('ab', 'c'));
    expect(derivedUuid('a', 1)).not.toBe(derivedUuid('a', '1'));
  });

  it('derives UUIDs of version 5', () => {
    const namespace = '6f1c1a5e-3f0b-5c52-9d0f-6c1d8f0e7a41';
    for (let n = 0; n < 200; n += 1) {
      expect(derivedUuid('pay_\u00e9', n)).toBe(v5(JSON.stringify(['pay_\u00e9', n]), namespace));
    }
  });

  it('never changes what it derives: keys at gateways rest on it', () => {
    expect(derivedUuid('pay_1', 'purchase', 1)).toBe('b3656450-6068-587e-acd2-d35e54fcbc93');
  });
});
