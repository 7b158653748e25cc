import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../platform/free-port.js';
import { eventually } from '../eventually.js';
import { BuiltProcess, entryOf } from './built-process.js';
import { crashAt, type CrashCase, type Kill } from './crash-case.js';
import { serves } from './read-model-crashes.js';
import { RetryingClient } from './retrying-client.js';

const READY_DEADLINE_MS = 60_000;

/** Deaths at the first start of an installation: of a process on an empty database, and of `npm start`. */
export const START_CRASHES: readonly CrashCase[] = [
  migrated({ point: 'migration-uncommitted', pass: 2 }),
  migrated({ point: 'migration-committed' }),
  standalone({ point: 'postgres-initialised' }),
  standalone({ point: 'postgres-started' }),
  standalone({ point: 'child-started', pass: 2 }),
];

function migrated(kill: Omit<Kill, 'process'>): CrashCase {
  return {
    point: kill.point,
    during: 'the first start on an empty database',
    run: (house) =>
      house.inEmptyLane(async (lane) => {
        await lane.start('projector', crashAt(kill));
        await lane.killed('projector');
        await lane.start('projector');
        await serves(lane);
      }),
  };
}

function standalone(kill: Omit<Kill, 'process'>): CrashCase {
  return {
    point: kill.point,
    during: 'the first `npm start`',
    run: async ({ folder }) => {
      const dataDir = mkdtempSync(join(folder, 'standalone-'));
      chmodSync(dataDir, 0o755); // else, as root, Postgres' data would go elsewhere
      const env = {
        TILLSTREAM_DATA_DIR: dataDir,
        PORT: String(await freePort()),
        GATEWAY_SIMULATOR_PORT: String(await freePort()),
        LOG_LEVEL: 'warn',
      };
      const start = (more: Readonly<Record<string, string>>) =>
        new BuiltProcess({ file: entryOf('standalone'), env: { ...env, ...more } });
      const dying = start(crashAt(kill));
      expect(await dying.ended()).toBe('SIGKILL');
      const second = start({});
      try {
        await eventually(
          () => expect(second.said).toContain('Tillstream is ready'),
          READY_DEADLINE_MS,
        );
        await paysAndHolds(env);
      } finally {
        await second.stop();
      }
    },
  };
}

/** Takes a payment, which stands in log, books and read models. */
async function paysAndHolds(env: Readonly<Record<string, string>>): Promise<void> {
  const text = readFileSync(join(env['TILLSTREAM_DATA_DIR'] ?? '', 'keys.json'), 'utf8');
  const { merchant } = JSON.parse(text) as { merchant: string }; // reason: our own file
  const client = new RetryingClient(`http://127.0.0.1:${env['PORT']}`, merchant);
  const payment_method = { type: 'card', token: 'tok_approve' };
  const body = { amount: 2_500, currency: 'EUR', payment_method };
  expect(await client.post('/v1/payments', body)).toMatchObject({ status: 201 });
  expect(await client.repeatAll()).toEqual([]);
  const verify = new BuiltProcess({ file: entryOf('cli'), arguments: ['verify'], env });
  const end = await verify.heardOut();
  expect({ end, said: verify.said }).toEqual({ end: 0, said: verify.said });
}
