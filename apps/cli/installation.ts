import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { z } from 'zod';
import type { EventStore } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import {
  loadConfig,
  pathVariable,
  secretUrlVariable,
  type Environment,
} from '../../libs/platform/config.js';
import { errorCode } from '../../libs/platform/error-code.js';
import { openPool } from '../../libs/platform/postgres.js';

const variables = z.object({
  TILLSTREAM_DATA_DIR: pathVariable().default('.tillstream'),
  DATABASE_URL: secretUrlVariable('postgres', 'postgresql').optional(),
  EVENTSTORE_URL: secretUrlVariable('esdb', 'esdb+discover').optional(),
  SEALS_FILE: pathVariable().optional(),
});

/** What a running `npm start` leaves for us in its data directory. */
const runtimeFile = z.object({
  database_url: z.string(),
  eventstore_url: z.string().nullable(),
  gateway_simulator_url: z.string().optional(),
});

export interface Addresses {
  readonly databaseUrl: string;
  /** Undefined: the log is in Postgres. */
  readonly eventStoreUrl: string | undefined;
  /** Of the simulator that runs beside; undefined where addresses came by variables. */
  readonly simulatorUrl?: string | undefined;
  /** Of what `npm start` runs; undefined where addresses came by variables. */
  readonly dataDir?: string | undefined;
}

/** A running installation, as the command line reaches it. */
export interface Installation {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly addresses: Addresses;
}

/** A sentence for whoever typed the command; no stack is shown. */
export class CommandFailed extends Error {
  readonly code = 'COMMAND_FAILED';
}

const POOL_MAX = 6;

/** DATABASE_URL and EVENTSTORE_URL where they are set, else what `npm start` says in TILLSTREAM_DATA_DIR. */
export function addressesOf(env: Environment): Addresses {
  const given = loadConfig(variables, env);
  if (given.DATABASE_URL !== undefined) {
    return {
      databaseUrl: given.DATABASE_URL.reveal(),
      eventStoreUrl: given.EVENTSTORE_URL?.reveal(),
    };
  }
  const dataDir = resolve(given.TILLSTREAM_DATA_DIR);
  const runtime = runtimeOf(dataDir);
  return {
    databaseUrl: runtime.database_url,
    eventStoreUrl: given.EVENTSTORE_URL?.reveal() ?? runtime.eventstore_url ?? undefined,
    simulatorUrl: runtime.gateway_simulator_url,
    dataDir,
  };
}

/** Where the log's seals are: SEALS_FILE, else in the data directory of `npm start`; null: not known. */
export function sealsFileOf(env: Environment, { dataDir }: Addresses): string | null {
  const { SEALS_FILE: file } = loadConfig(variables, env);
  return file ?? (dataDir === undefined ? null : join(dataDir, 'seals.jsonl'));
}

/**
 * Runs the work with open connections and closes them whatever happens. The schema is not touched, unless `migrate`
 * says so: `apply` also serves a database on which nothing has run yet.
 */
export async function withInstallation<Result>(
  env: Environment,
  work: (installation: Installation) => Promise<Result>,
  migrate: 'apply' | 'check' = 'check',
): Promise<Result> {
  const addresses = addressesOf(env);
  const { databaseUrl, eventStoreUrl } = addresses;
  const applicationName = 'tillstream cli';
  const store = await openEventStore({
    databaseUrl,
    ...(eventStoreUrl === undefined ? {} : { eventStoreUrl }),
    migrate,
    applicationName,
  });
  const pool = openPool({ databaseUrl, applicationName, max: POOL_MAX });
  try {
    return await work({ pool, store, addresses });
  } catch (error) {
    throw notThere(error);
  } finally {
    await store.close();
    await pool.end();
  }
}

/** SQLSTATE */
const UNDEFINED_TABLE = '42P01';

/** What no process has made yet, as a sentence; anything else as it was. */
export function notThere(error: unknown): unknown {
  if (errorCode(error) !== UNDEFINED_TABLE) return error;
  const reason =
    'What this needs is not in the database yet: API and workers make it when they start.';
  return new CommandFailed(reason, { cause: error });
}

function runtimeOf(dataDir: string): z.infer<typeof runtimeFile> {
  try {
    return runtimeFile.parse(JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')));
  } catch (cause) {
    throw new CommandFailed(
      `Nothing runs on ${dataDir}: start it with \`npm start\`, or set TILLSTREAM_DATA_DIR or DATABASE_URL.`,
      { cause },
    );
  }
}
