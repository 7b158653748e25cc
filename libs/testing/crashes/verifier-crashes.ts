import type { CrashPoint } from '../../platform/crash-points.js';
import { lastSeal } from '../../verify/seal-file.js';
import { eventually } from '../eventually.js';
import { crashAt, throughDeath, type CrashCase } from './crash-case.js';
import type { CrashLane } from './crash-lane.js';
import { purchase } from './payment-stories.js';

/** Deaths of the workers while they seal and verify the log. */
export const VERIFIER_CRASHES: readonly CrashCase[] = [
  inWorkers('seal-ready', sealed),
  inWorkers('seal-unsynced', sealed),
  inWorkers('verification-recorded', verifiedAgain),
];

function inWorkers(point: CrashPoint, done: (lane: CrashLane) => Promise<void>): CrashCase {
  return {
    point,
    during: 'the work of the verifier',
    run: (house) =>
      house.inLane(async (lane) => {
        const env = { SEALS_FILE: lane.sealsFile, SEAL_INTERVAL_MS: '100', VERIFY_INTERVAL_S: '1' };
        await lane.run('api');
        await lane.start('workers', { ...env, ...crashAt({ point }) });
        await throughDeath(lane, [{ process: 'workers', env }], { story: purchase() });
        await done(lane);
        await lane.isWhole();
      }),
  };
}

/** Whatever was half written: in the end the seals reach to the end of the log. */
async function sealed(lane: CrashLane): Promise<void> {
  await eventually(async () => {
    const seal = await lastSeal(lane.sealsFile, await lane.store.logId());
    expect(seal?.to).toBe(await lane.store.head());
  });
}

async function verifiedAgain(lane: CrashLane): Promise<void> {
  const { rows: before } = await lane.pool.query(RUNS);
  await eventually(async () => {
    const { rows } = await lane.pool.query(RUNS);
    expect(rows[0].runs).toBeGreaterThan(before[0].runs);
  });
}

const RUNS = 'select count(*)::integer as runs from verification_runs';
