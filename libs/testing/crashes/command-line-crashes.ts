import { appendFile } from 'node:fs/promises';
import type { CrashPoint } from '../../platform/crash-points.js';
import { crashAt, type CrashCase } from './crash-case.js';
import { PROCESSES, type CrashLane } from './crash-lane.js';
import { purchase } from './payment-stories.js';

/** Deaths of `tillstream`; the same command again does what the first one did not come to. */
export const COMMAND_LINE_CRASHES: readonly CrashCase[] = [
  verified('log-verified'),
  verified('seal-ready'),
  verified('seal-unsynced'),
  {
    point: 'log-adopted',
    during: 'the adoption of a log, before its checkpoints have its new name',
    run: (house) =>
      house.inLane(async (lane) => {
        await lane.run(...PROCESSES);
        await purchase()(lane);
        await lane.run();
        await againAfter(lane, 'log-adopted', ['doctor', '--adopt']);
        await lane.reopenStore();
        await lane.run(...PROCESSES);
        await purchase()(lane);
        await lane.isWhole();
      }),
  },
];

function verified(point: CrashPoint): CrashCase {
  return {
    point,
    during: '`tillstream verify`',
    run: (house) =>
      house.inLane(async (lane) => {
        await lane.run(...PROCESSES);
        await purchase()(lane);
        await appendFile(lane.sealsFile, '');
        await againAfter(lane, point, ['verify', '--seals', lane.sealsFile]);
        await lane.isWhole();
      }),
  };
}

async function againAfter(lane: CrashLane, point: CrashPoint, words: readonly string[]) {
  expect(await lane.cli(words, crashAt({ point }))).toMatchObject({ end: 'SIGKILL' });
  const { end, said } = await lane.cli(words);
  expect({ end, said }).toEqual({ end: 0, said });
}
