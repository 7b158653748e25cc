import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const BENCH = join(process.cwd(), 'scripts', 'bench.mjs');
const POLL_MS = 20;
const DEADLINE_MS = 50_000;

describe('npm run bench', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-spec-'));
    chmodSync(folder, 0o755); // as root, Postgres is another user and has to get in
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const startBench = (...args: string[]) => {
    const env = { ...process.env, TMPDIR: folder };
    const child = spawn(process.execPath, [BENCH, ...args], { env });
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    return { child, ended };
  };

  /** What lies there, and in the data folders of runs. */
  const below = () => {
    const rooms = readdirSync(folder);
    return [...rooms, ...rooms.flatMap((room) => entriesOf(join(folder, room)))];
  };
  const until = async (found: () => boolean) => {
    const deadline = performance.now() + DEADLINE_MS;
    while (!found()) {
      if (performance.now() > deadline) throw new Error('waited too long');
      await pause(POLL_MS);
    }
  };

  it.each([
    ['initdb works', /^postgres-init-/],
    ['servers start', /^workers\.log$/],
  ])('leaves nothing when it is interrupted while %s', async (_, sign) => {
    const { child, ended } = startBench('start-up');
    await until(() => below().some((path) => sign.test(path)));
    child.kill('SIGINT');
    child.kill('SIGINT'); // as npm does
    expect((await ended)[0]).toBe(130);
    expect(below()).toEqual([]);
    expect(workingIn(folder)).toEqual([]);
  });

  it('leaves nothing when nobody reads what it tells', async () => {
    const { child, ended } = startBench('start-up');
    child.stderr.destroy();
    child.stdout.destroy();
    await ended;
    expect(below()).toEqual([]);
    expect(workingIn(folder)).toEqual([]);
  });

  it.each([
    [['get', '--rounds', '0'], 'at least 1'],
    [['get', '--only', 'nothing'], '--only nothing is in none of these names: get by id'],
    [['core', '--seconds', '3'], 'core has rounds of its own and takes no --seconds'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { child, ended } = startBench(...args);
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    expect((await ended)[0]).toBe(1);
    expect(told).toContain(sentence);
    expect(below()).toEqual([]);
  });
});

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // gone meanwhile
  }
}

/** Processes whose working directory lies there: those of Postgres. */
function workingIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false; // ended meanwhile, or not ours to look at
    }
  });
}
