import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_ARGUMENTS } from './node-arguments.js';

describe('the arguments of Node', () => {
  it('are those of the image, too', () => {
    const dockerfile = readFileSync(
      join(import.meta.dirname, '..', '..', 'docker', 'Dockerfile'),
      'utf8',
    );
    expect(dockerfile).toContain(`ENTRYPOINT ${inJson(['node', ...NODE_ARGUMENTS])}`);
  });
});

function inJson(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}
