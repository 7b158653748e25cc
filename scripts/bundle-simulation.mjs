// Bundles the simulation, which is no part of what is built and shipped, into the given file.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './prepare.mjs';

export async function bundleSimulation(outfile) {
  // Only now: it may have been installed a moment ago.
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(ROOT, 'libs', 'testing', 'simulation', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundleSimulation(resolve(process.argv[2]));
}
