import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CrashPoint } from '../../platform/crash-points.js';
import { eventually } from '../eventually.js';
import { DIST } from './built-process.js';
import { crashAt, survives, throughDeath, type CrashCase, type Kill } from './crash-case.js';
import type { CrashLane } from './crash-lane.js';
import { alarm, dispute, purchase } from './payment-stories.js';

/** Charged, but the API was not told; the processor has to ask. */
const unknown = purchase('tok_timeout_after_effect');
const LEFT_BEHIND: Kill = { process: 'api', point: 'intent-durable' };

/** Starts the processor of an installation that has registered a hook. */
const WITH_HOOK = (folder: string) => `
import { appendFileSync } from 'node:fs';
import { REGISTERED_HOOKS } from '${url('libs/orchestration/hooks/registered-hooks.js')}';
const run = async ({ paymentId }) => appendFileSync(${JSON.stringify(folder)} + '/told', paymentId + '\\n');
REGISTERED_HOOKS.push({ name: 'written-down', after: 'authorize', run });
await import('${url('apps/processor/main.js')}');
`;

/** Deaths of the processor while it finishes what others began. */
export const PROCESSOR_CRASHES: readonly CrashCase[] = [
  survives(at('processor-leading'), { during: 'its start', story: unknown }),
  // The first page tells that there is nothing new.
  survives(at('due-page-read', 2), { during: 'reading the log', story: purchase() }),
  survives(at('due-page-uncommitted', 2), { during: 'noting what is due', story: purchase() }),
  survives(at('due-page-noted', 2), { during: 'noting what is due', story: purchase() }),
  survives(at('due-row-read'), { during: 'an unknown outcome', story: unknown }),
  survives(at('gateway-asked'), { during: 'an unknown outcome', story: unknown }),
  survives(at('payment-continued'), { during: 'an unknown outcome', story: unknown }),
  survives(at('takeover-decided'), {
    during: 'taking over what a killed API left behind',
    also: [LEFT_BEHIND],
    story: purchase(),
  }),
  survives(at('takeover-durable'), {
    during: 'taking over what a killed API left behind',
    also: [LEFT_BEHIND],
    story: purchase(),
  }),
  survives(at('intent-sent-again'), {
    during: 'sending what a killed API never sent',
    also: [LEFT_BEHIND],
    story: purchase(),
  }),
  survives(at('feed-page-recorded'), { during: 'a feed of facts', story: dispute }),
  survives(at('feed-cursor-moved'), { during: 'a feed of facts', story: dispute }),
  survives(at('risk-watch-read'), { during: 'a look at risk', story: alarm }),
  survives(at('risk-alarm-decided'), { during: 'an alarm of risk', story: alarm }),
  survives(at('risk-alarm-durable'), { during: 'an alarm of risk', story: alarm }),
  {
    point: 'hooks-told',
    during: 'telling a hook',
    run: (house) => house.inLane(toldAgain),
  },
];

/** A hook may be told twice, and hears of every payment. */
async function toldAgain(lane: CrashLane): Promise<void> {
  await lane.run('api', 'projector');
  const folder = mkdtempSync(join(lane.ground.folder, 'hook-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const file = join(folder, 'processor.js');
  writeFileSync(file, WITH_HOOK(folder));
  // The first page begins at the end of the log and tells nothing.
  await lane.start('processor', crashAt({ point: 'hooks-told', pass: 2 }), file);
  // It hears of what comes behind the place that it takes, soon after it has started.
  await eventually(async () => {
    expect((await lane.pool.query('select from hook_checkpoint')).rowCount).toBe(1);
  });
  const before = await paymentsOf(lane);
  await throughDeath(lane, [{ process: 'processor', file }], { story: purchase() });
  const paid = (await paymentsOf(lane)).filter((id) => !before.includes(id));
  await eventually(() => {
    const told = readFileSync(join(folder, 'told'), 'utf8').trim().split('\n');
    expect(new Set(told)).toEqual(new Set(paid));
  });
  await lane.isWhole();
}

async function paymentsOf(lane: CrashLane): Promise<readonly string[]> {
  const { data } = (await lane.steer('GET', '/books?limit=1000')) as {
    readonly data: readonly { payment_id: string }[];
  };
  return data.map(({ payment_id: id }) => id);
}

function url(path: string): string {
  return pathToFileURL(join(DIST, path)).href;
}

function at(point: CrashPoint, pass = 1): Kill {
  return { process: 'processor', point, pass };
}
