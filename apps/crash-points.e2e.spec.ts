import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CRASH_POINTS } from '../libs/platform/crash-points.js';
import { ACCESS_CRASHES } from '../libs/testing/crashes/access-crashes.js';
import { API_CRASHES } from '../libs/testing/crashes/api-crashes.js';
import { COMMAND_LINE_CRASHES } from '../libs/testing/crashes/command-line-crashes.js';
import { CrashHouse } from '../libs/testing/crashes/crash-house.js';
import { PROCESSOR_CRASHES } from '../libs/testing/crashes/processor-crashes.js';
import { READ_MODEL_CRASHES } from '../libs/testing/crashes/read-model-crashes.js';
import { START_CRASHES } from '../libs/testing/crashes/start-crashes.js';
import { VERIFIER_CRASHES } from '../libs/testing/crashes/verifier-crashes.js';

const ROOT = resolve(import.meta.dirname, '..');
const TIMEOUT_MS = 400_000;

const CASES = [
  ...START_CRASHES,
  ...READ_MODEL_CRASHES,
  ...PROCESSOR_CRASHES,
  ...API_CRASHES,
  ...ACCESS_CRASHES,
  ...COMMAND_LINE_CRASHES,
  ...VERIFIER_CRASHES,
];

describe('crash points', () => {
  const called = sources().flatMap((text) =>
    [...text.matchAll(/\bcrashPoint\('([^']*)'\)/g)].map(([, name = '']) => name),
  );

  it('are those that the source passes, each in one place', () => {
    expect(called.toSorted()).toEqual([...CRASH_POINTS].toSorted());
  });

  it('have a test each', () => {
    const tested = new Set(CASES.map(({ point }) => point));
    expect([...tested].toSorted()).toEqual([...new Set(called)].toSorted());
  });

  function sources(): string[] {
    return ['apps', 'libs', 'projections'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
    );
  }
});

describe('a process that is killed', () => {
  let opened: Promise<CrashHouse> | undefined;
  // Concurrent tests may begin before any hook: whoever comes first opens it.
  const house = () => (opened ??= CrashHouse.open());

  afterAll(async () => (await opened)?.close());

  it.concurrent.each(CASES.map((one) => [one.point, one.during, one] as const))(
    'at %s, during %s',
    async (_point, _during, { run }) => run(await house()),
    TIMEOUT_MS,
  );
});
