import type pg from 'pg';

/** A connection of the pool that is one caller's own for a while. */
export interface HeldConnection {
  readonly client: pg.PoolClient;
  /** Gives it back; it is ended where it broke, or where `end` says so. */
  readonly release: (end?: boolean) => void;
}

/** One that is lost between two queries is met by the next one; without a listener it would end the process. */
export async function holdConnection(pool: pg.Pool): Promise<HeldConnection> {
  const client = await pool.connect();
  let broken = false;
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  return {
    client,
    release: (end = false) => {
      client.off('error', onError);
      client.release(end || broken);
    },
  };
}

/** Runs the work on a connection of its own; ended where the work throws, as nobody knows what it is at then. */
export async function withConnection<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const { client, release } = await holdConnection(pool);
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } finally {
    release(broken);
  }
}

/** Runs the work in one transaction of its own connection; rolled back when it throws. */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const { client, release } = await holdConnection(pool);
  let broken = false;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    release(broken);
  }
}

/**
 * For a connection whose statements may take as long as they do: neither the server nor the driver gives them up, until
 * the answer is called.
 */
export async function liftTimeouts(client: pg.ClientBase): Promise<() => Promise<void>> {
  await client.query('set statement_timeout = 0');
  // The driver looks there for each query; its types don't know it.
  const { connectionParameters } = client as unknown as {
    readonly connectionParameters: { query_timeout: number | false };
  };
  const before = connectionParameters.query_timeout;
  connectionParameters.query_timeout = false;
  return async () => {
    connectionParameters.query_timeout = before;
    // A session that is gone has no settings any more.
    await client.query('reset statement_timeout').catch(() => undefined);
  };
}

/** Runs the work, whose statements may take as long as they do. */
export async function withoutTimeouts<Result>(
  client: pg.ClientBase,
  work: () => Promise<Result>,
): Promise<Result> {
  const boundAgain = await liftTimeouts(client);
  try {
    return await work();
  } finally {
    await boundAgain();
  }
}
