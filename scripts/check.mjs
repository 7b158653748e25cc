// `npm run check`: everything that can be said about the code without starting an engine.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runJest } from './jest.mjs';
import { prepare, ROOT, run, say } from './prepare.mjs';

const bin = (...path) => [process.execPath, join(ROOT, 'node_modules', ...path)];

const STEPS = [
  ['format', ...bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  ['lint', ...bin('oxlint', 'bin', 'oxlint'), '--type-aware', '--max-warnings', '0'],
  ['dependency rules', process.execPath, join(ROOT, 'scripts', 'dependency-rules.mjs')],
  ['types', ...bin('typescript', 'bin', 'tsc'), '-p', '.'],
  ['generated files', process.execPath, join(ROOT, 'scripts', 'generate.mjs'), '--check'],
  ['API description', ...bin('@redocly', 'cli', 'bin', 'cli.js'), 'lint', 'docs/openapi.json'],
];
// The linter of the description would ask the network for news of itself.
const QUIET = { REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' };
const UNIT_ONLY = ['--testPathIgnorePatterns', '\\.(int|e2e)\\.spec\\.ts$', '/node_modules/'];

/** Runs every step, also after one has failed; the names of those that failed. */
export async function runSteps() {
  const failed = [];
  for (const [name, command, ...args] of STEPS) {
    say(`checking ${name}`);
    if ((await run(command, args, { env: QUIET })) !== 0) failed.push(name);
  }
  return failed;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await prepare();
  const failed = await runSteps();
  say('running unit specs');
  if ((await runJest([...UNIT_ONLY, ...process.argv.slice(2)])) !== 0) failed.push('unit specs');
  say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
