import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startTestPostgres } from './embedded-postgres.js';

/** A database of its own for one spec file: on DATABASE_URL's server, or else on an embedded one. */
export interface TestDatabase {
  readonly url: string;
  /** The embedded server goes down without a checkpoint and comes back; elsewhere all connections to the database are cut. */
  restart(): Promise<void>;
  /** A statement past every pool of the code under test. */
  query(sql: string, values?: unknown[]): Promise<pg.QueryResult>;
  dispose(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const given = process.env['DATABASE_URL'];
  const server = given === undefined || given === '' ? await startTestPostgres() : undefined;
  const admin = server?.url ?? given ?? '';
  const name = `tillstream_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await once(admin, `create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    restart: async () => {
      if (server === undefined) await once(admin, CUT_ALL, [name]);
      await server?.stopImmediately();
      await server?.start();
    },
    query: (sql, values) => once(url.href, sql, values),
    dispose: async () => {
      if (server === undefined) await once(admin, `drop database ${name} with (force)`);
      await server?.dispose();
    },
  };
}

const CUT_ALL = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1';

async function once(url: string, sql: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(sql, values);
  } finally {
    await client.end();
  }
}
