// `npm test`: the checks, then every suite. The last line is the sum, whatever happened before it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSteps } from './check.mjs';
import { runJest } from './jest.mjs';
import { prepare, say } from './prepare.mjs';

await prepare();
const failedSteps = await runSteps();
const folder = mkdtempSync(join(tmpdir(), 'tillstream-test-'));
const outputFile = join(folder, 'jest.json');
say('running all specs');
// forceExit: a suite that failed half-way may leave an engine open; the sum must come all the same.
// One at a time: the suites start engines and servers, and two cores don't carry several of those at once.
const code = await runJest([
  '--runInBand',
  // A suite that failed half-way may leave an engine open; the sum must come all the same.
  '--forceExit',
  '--json',
  `--outputFile=${outputFile}`,
  ...process.argv.slice(2),
]);
const sum = sumOf(outputFile);
rmSync(folder, { recursive: true, force: true });
for (const step of failedSteps) say(`check failed: ${step}`);
const failed = sum.failed + failedSteps.length;
process.exitCode = code === 0 && failed === 0 ? 0 : 1;
// A suite that can't even be loaded, or a Jest that died, is a failure too.
const shown = process.exitCode === 1 && failed === 0 ? 1 : failed;
console.log(`${sum.passed} passed, ${shown} failed, ${sum.skipped} skipped`);

function sumOf(path) {
  try {
    const result = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
