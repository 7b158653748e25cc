import type { CrashPoint } from '../../platform/crash-points.js';
import type { CrashHouse } from './crash-house.js';
import { PROCESSES, type CrashLane, type ProcessName } from './crash-lane.js';

/** One test of one crash point. */
export interface CrashCase {
  readonly point: CrashPoint;
  /** What the crash interrupts. */
  readonly during: string;
  readonly run: (house: CrashHouse) => Promise<void>;
}

export interface Kill {
  readonly process: ProcessName;
  readonly point: CrashPoint;
  /** The pass that kills; left out: the first. */
  readonly pass?: number;
}

export interface Survival {
  readonly during: string;
  /** What clients and the gateway do meanwhile, through the crash and after it, and what must come of it. */
  readonly story: (lane: CrashLane) => Promise<void>;
  /** Who else dies beside. */
  readonly also?: readonly Kill[];
  /** Who else runs from the beginning; left out: all. */
  readonly beside?: readonly ProcessName[];
}

/**
 * The process is started with CRASH_AT, the story brings it to its death, it is started again, and everything must come
 * to its end: the story's own expectations, and those of an installation that is whole.
 */
export function survives(kill: Kill, { during, story, also = [], beside }: Survival): CrashCase {
  const kills = [kill, ...also];
  const isKilled = (name: ProcessName) => kills.some(({ process }) => process === name);
  const others = (beside ?? PROCESSES).filter((name) => !isKilled(name));
  return {
    point: kill.point,
    during,
    run: (house) =>
      house.inLane(async (lane) => {
        await lane.run(...others);
        await Promise.all(kills.map((one) => lane.start(one.process, crashAt(one))));
        await throughDeath(lane, kills, { story, afterwards: () => lane.run(...PROCESSES) });
        await lane.isWhole();
      }),
  };
}

interface Telling {
  readonly story: (lane: CrashLane) => Promise<void>;
  /** Once all victims have been started again; the story may wait for it. */
  readonly afterwards?: () => Promise<void>;
}

type Victim = Pick<Kill, 'process'> & {
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
};

/** Tells the story, over and over until its victims have died, and starts each of them again. */
export async function throughDeath(
  lane: CrashLane,
  victims: readonly Victim[],
  { story, afterwards = async () => undefined }: Telling,
): Promise<void> {
  const dead = new Set<ProcessName>();
  const telling = async () => {
    do await story(lane);
    while (dead.size < victims.length);
  };
  const told = telling();
  // Whoever waits for it below hears of it.
  told.catch(() => undefined);
  const deaths = victims.map(async ({ process, env = {}, file }) => {
    await lane.killed(process);
    dead.add(process);
    await lane.start(process, env, file);
  });
  await Promise.all(deaths);
  await afterwards();
  await told;
}

export function crashAt({ point, pass = 1 }: Omit<Kill, 'process'>): Record<string, string> {
  return { CRASH_AT: `${point}:${pass}` };
}
