// Builds a folder that is no part of what runs (the bench, the kill loop) beside it.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { prepare, ROOT, run } from './prepare.mjs';

/** Parts of the application that such a folder imports: those of dist, so that they are what is measured and killed. */
const LINKED = ['apps', 'libs', 'projections'];

/** Compiles `folder` into `room`, both below the root, after what runs. Resolves to where the compiled folder is. */
export async function buildBeside(folder, room) {
  await prepare();
  const target = join(ROOT, room);
  mkdirSync(target, { recursive: true });
  for (const name of LINKED) {
    const link = join(target, name);
    if (!existsSync(link)) symlinkSync(relative(target, join(ROOT, 'dist', name)), link);
  }
  const swc = join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const ignored = ['**/*.spec.ts', '**/.built/**'].join(',');
  const args = [folder, '--out-dir', target, '--quiet', '--ignore', ignored];
  const code = await run(process.execPath, [swc, ...args]);
  if (code !== 0) process.exit(code);
  return join(target, folder);
}
