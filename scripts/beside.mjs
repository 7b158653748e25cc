// Builds a folder that is no part of what runs (the bench, the kill loop) beside it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { prepare, ROOT, run } from './prepare.mjs';

/** Parts of the application that such a folder imports: those of dist, so that they are what is measured and killed. */
const LINKED = ['apps', 'libs', 'projections'];

/**
 * Compiles `folder` into `room`, both below the root, after what runs. Resolves to where the compiled folder is.
 * Another run may be starting processes from there: each file is put in its place whole.
 */
export async function buildBeside(folder, room) {
  await prepare();
  const target = join(ROOT, room);
  mkdirSync(target, { recursive: true });
  for (const name of LINKED) {
    const link = join(target, name);
    if (!existsSync(link)) symlinkSync(relative(target, join(ROOT, 'dist', name)), link);
  }
  const fresh = join(target, `.fresh-${process.pid}`);
  const swc = join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const ignored = ['**/*.spec.ts', '**/.built/**'].join(',');
  const args = [folder, '--out-dir', fresh, '--quiet', '--ignore', ignored];
  const code = await run(process.execPath, [swc, ...args]);
  if (code === 0) moveFiles(fresh, target);
  rmSync(fresh, { recursive: true, force: true });
  if (code !== 0) process.exit(code);
  return join(target, folder);
}

function moveFiles(from, to) {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const place = join(to, relative(from, file));
    mkdirSync(dirname(place), { recursive: true });
    renameSync(file, place);
  }
}
