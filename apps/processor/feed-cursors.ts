import type pg from 'pg';

/** How far each gateway's feed of facts was read, in Postgres. */
export class FeedCursors {
  constructor(private readonly pool: pg.Pool) {}

  /** Null: nothing of it was read yet. */
  async of(gateway: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ cursor: string }>(
      `select cursor from gateway_feeds where gateway = $1`,
      [gateway],
    );
    return rows[0]?.cursor ?? null;
  }

  async move(gateway: string, cursor: string): Promise<void> {
    await this.pool.query(
      `insert into gateway_feeds (gateway, cursor) values ($1, $2)
       on conflict (gateway) do update set cursor = excluded.cursor`,
      [gateway, cursor],
    );
  }
}
