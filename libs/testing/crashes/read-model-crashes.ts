import type { CrashPoint } from '../../platform/crash-points.js';
import { crashAt, survives, type CrashCase } from './crash-case.js';
import { PROCESSES, type CrashLane } from './crash-lane.js';
import { purchase } from './payment-stories.js';

const REBUILD = ['projections', 'rebuild', 'payment-history'];

/** Deaths of the projector, and of a rebuild. */
export const READ_MODEL_CRASHES: readonly CrashCase[] = [
  survives(at('projection-claimed'), { during: 'its start', story: purchase() }),
  survives(at('rows-ready'), { during: 'a page of the log', story: purchase() }),
  survives(at('rows-committed'), { during: 'a page of the log', story: purchase() }),
  {
    point: 'first-version-uncommitted',
    during: 'the first start of an installation',
    run: (house) =>
      house.inEmptyLane(async (lane) => {
        await lane.start('projector', crashAt({ point: 'first-version-uncommitted', pass: 2 }));
        await lane.killed('projector');
        await lane.start('projector');
        await serves(lane);
      }),
  },
  rebuilt('rebuild-version-made'),
  rebuilt('rebuild-page-written'),
  rebuilt('live-version-held'),
  rebuilt('versions-compared'),
  rebuilt('switch-uncommitted'),
  rebuilt('switch-committed'),
  {
    point: 'version-drop-uncommitted',
    during: 'a second rebuild, which drops what the first one replaced',
    run: (house) =>
      house.inLane(async (lane) => {
        await lane.run(...PROCESSES);
        await rebuild(lane);
        await rebuildSurviving(lane, 'version-drop-uncommitted');
      }),
  },
];

function at(point: CrashPoint) {
  return { process: 'projector', point } as const;
}

function rebuilt(point: CrashPoint): CrashCase {
  return {
    point,
    during: 'a rebuild by hand',
    run: (house) =>
      house.inLane(async (lane) => {
        await lane.run(...PROCESSES);
        await rebuildSurviving(lane, point);
      }),
  };
}

/** Payments come before, while nobody rebuilds, and after; the same command finishes what was cut off. */
async function rebuildSurviving(lane: CrashLane, point: CrashPoint): Promise<void> {
  await purchase()(lane);
  expect(await lane.cli(REBUILD, { CRASH_AT: `${point}:1` })).toMatchObject({ end: 'SIGKILL' });
  await purchase()(lane);
  await rebuild(lane);
  await purchase()(lane);
  await lane.isWhole();
}

async function rebuild(lane: CrashLane): Promise<void> {
  expect(await lane.cli(REBUILD)).toMatchObject({ end: 0, said: expect.stringContaining('see') });
}

/** An installation that began with a death does all that it should. */
export async function serves(lane: CrashLane): Promise<void> {
  await lane.open();
  await lane.run(...PROCESSES);
  await purchase()(lane);
  await lane.isWhole();
}
