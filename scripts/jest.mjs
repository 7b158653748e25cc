// Runs Jest over ES modules. Arguments are Jest's own; the preparation comes first, so that a fresh clone will do.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, ROOT, run } from './prepare.mjs';

const NODE_OPTIONS = '--experimental-vm-modules --disable-warning=ExperimentalWarning';

/** Resolves to Jest's exit code. */
export function runJest(args) {
  return run(process.execPath, [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], {
    env: { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${NODE_OPTIONS}`.trim() },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await prepare();
  process.exitCode = await runJest(process.argv.slice(2));
}
