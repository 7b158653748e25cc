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
