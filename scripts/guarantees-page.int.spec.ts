import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const INVARIANTS_MAX = 48;
/** `file`: _title_, _another title of it_ */
const SHOWN = /`([\w.-]+)`: (_[^_]+_(?:, _[^_]+_)*)/g;

describe('docs/guarantees.md', () => {
  const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');

  it('speaks of every invariant', () => {
    const spoken = new Set([...page.matchAll(/I-(\d+)(?: to I-(\d+))?/g)].flatMap(numbersOf));
    const all = Array.from({ length: INVARIANTS_MAX }, (_, index) => index + 1);
    expect(all.filter((number) => !spoken.has(number))).toEqual([]);
  });

  it('names only tests that exist', () => {
    const tests = testFiles();
    const named = [...page.matchAll(SHOWN)].flatMap(([, file = '', titles = '']) =>
      [...titles.matchAll(/_([^_]+)_/g)].map(([, title = '']) => ({ file, title })),
    );
    expect(named.length).toBeGreaterThan(60); // else the pattern has gone blind
    expect(named.filter(({ file, title }) => tests.get(file)?.includes(title) !== true)).toEqual(
      [],
    );
  });

  function numbersOf([, first, last]: RegExpMatchArray): number[] {
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  /** Texts of the tests by name: `payment.order` for payment.order.spec.ts, `reading.contract` for a contract. */
  function testFiles(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const folder of ['apps', 'libs', 'projections', 'scripts', 'chaos']) {
      for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
        if (!/\.(spec|contract)\.ts$/.test(file)) continue;
        const name = basename(file).replace(/(\.spec)?\.ts$/, '');
        texts.set(name, (texts.get(name) ?? '') + readFileSync(join(ROOT, folder, file), 'utf8'));
      }
    }
    return texts;
  }
});
