import { randomUUID } from 'node:crypto';
import { EventIds } from './event-ids.js';

describe('a set of event ids', () => {
  it('knows every id that it was given, also past its first size', () => {
    const ids = new EventIds();
    const given = Array.from({ length: 90_000 }, () => randomUUID());
    expect(given.every((id) => ids.add(id))).toBe(true);
    expect(given.some((id) => ids.add(id))).toBe(false);
    expect(ids.add(randomUUID())).toBe(true);
  });

  it('tells ids apart that differ in one digit only, wherever it stands', () => {
    const ids = new EventIds();
    const id = '01900000-0000-7000-8000-000000000000';
    expect(ids.add(id)).toBe(true);
    for (const [at, digit] of id.split('').entries()) {
      if (digit === '-') continue;
      expect(ids.add(`${id.slice(0, at)}${digit === 'f' ? 'e' : 'f'}${id.slice(at + 1)}`)).toBe(
        true,
      );
    }
    const nil = '00000000-0000-0000-0000-000000000000';
    expect([ids.add(nil), ids.add(nil)]).toEqual([true, false]);
  });
});
