// `npm run generate` writes the files that are made from code and committed. With `--check` it fails when one of them
// was not what the code says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, ROOT, run } from './prepare.mjs';

/**
 * `{ name, outputs, args }`: `node <args>` writes `outputs` (paths from the project's root). It runs on the built
 * output, so `args` usually begins with a file of dist/.
 */
const GENERATORS = [
  {
    name: 'OpenAPI description',
    outputs: ['docs/openapi.json'],
    args: ['dist/apps/api/openapi/write-openapi.js', 'docs/openapi.json'],
  },
];

const checking = process.argv.includes('--check');
await prepare();
const outdated = [];
for (const { name, outputs, args } of GENERATORS) {
  const before = outputs.map(contentOf);
  const code = await run(process.execPath, args);
  if (code !== 0) {
    console.error(`generator ${name} ended with code ${code}`);
    process.exitCode = 1;
  }
  outdated.push(...outputs.filter((path, index) => contentOf(path) !== before[index]));
}
for (const path of outdated) console.log(`${path} ${checking ? 'was out of date' : 'written'}`);
if (checking && outdated.length > 0) process.exitCode = 1;

function contentOf(path) {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}
