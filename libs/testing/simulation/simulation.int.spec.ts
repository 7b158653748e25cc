import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { simulate } from './simulation.js';

const run = promisify(execFile);
const ROOT = process.cwd();
const SEED = 7;

describe('the simulation as a program of its own', () => {
  let folder: string;
  let bundle: string;

  beforeAll(async () => {
    // Beside node_modules, where its packages are found.
    const room = path.join(ROOT, '.simulation');
    mkdirSync(room, { recursive: true });
    folder = mkdtempSync(path.join(room, 'spec-'));
    bundle = path.join(folder, 'main.mjs');
    await run(process.execPath, [path.join(ROOT, 'scripts', 'bundle-simulation.mjs'), bundle]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function traceOf(seed: number): Promise<string | undefined> {
    const args = [bundle, '--seed', String(seed), '--seeds', '1'];
    const { stdout } = await run(process.execPath, args);
    expect(stdout).toContain('seeds=1 payments=20 violations=0');
    return /^trace ([0-9a-f]{64})$/m.exec(stdout)?.[1];
  }

  it('gives the same trace for the same seed in every process', async () => {
    const [one, other] = [await traceOf(SEED), await traceOf(SEED)];
    expect(one).toBe((await simulate(SEED)).traceHash);
    expect(other).toBe(one);
  });

  it('prints what was met, and refuses what is no number', async () => {
    const { stdout } = await run(process.execPath, [bundle, '--seed', '1', '--seeds', '2']);
    expect(stdout).toMatch(/^ {2}revision_conflict: \d+$/m);
    expect(stdout).toMatch(/^ {2}learn of unknown: 2$/m);
    await expect(run(process.execPath, [bundle, '--seed', 'x'])).rejects.toThrow(
      'It takes a whole number',
    );
  });
});
