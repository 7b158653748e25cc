import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
/** A property of a schema, named as environment variables are: `PORT: portVariable()...`, `HOST: z.string()...`. */
const VARIABLE = /^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*): (?:z\b|\w*Variable\b)/gm;

describe('docs/configuration.md', () => {
  it('names every variable that a process reads', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const known = new Set(sources().flatMap((text) => [...text.matchAll(VARIABLE)].map(nameOf)));
    expect(known).toContain('TILLSTREAM_DATA_DIR'); // else the pattern has gone blind
    expect([...known].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  function nameOf(match: RegExpMatchArray): string {
    return match[1] ?? '';
  }

  function sources(): string[] {
    return ['apps', 'libs', 'projections'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
    );
  }
});
