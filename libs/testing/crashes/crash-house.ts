import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startTestPostgres, type TestPostgres } from '../embedded-postgres.js';
import { CrashLane, type LaneGround } from './crash-lane.js';

/** Of all processes of all lanes. */
const CONNECTIONS_MAX = 400;

/** What the lanes of a run share: a PostgreSQL, with a database for each. */
export class CrashHouse implements LaneGround {
  readonly #free: CrashLane[] = [];
  readonly #lanes: CrashLane[] = [];

  private constructor(
    private readonly postgres: TestPostgres,
    readonly folder: string,
  ) {}

  static async open(): Promise<CrashHouse> {
    const folder = await mkdtemp(join(tmpdir(), 'tillstream-crashes-'));
    const postgres = await startTestPostgres({ max_connections: CONNECTIONS_MAX });
    return new CrashHouse(postgres, folder);
  }

  /** Runs a case in a lane that is free, or in a new one. A lane in which a case failed is not used again. */
  async inLane(run: (lane: CrashLane) => Promise<void>): Promise<void> {
    const lane = this.#free.pop() ?? (await this.foundLane());
    if (!lane.isOpen) await lane.open();
    await run(lane);
    this.#free.push(lane);
  }

  /** Runs a case in a lane with an empty database. */
  async inEmptyLane(run: (lane: CrashLane) => Promise<void>): Promise<void> {
    const lane = await this.foundLane();
    await run(lane);
    await lane.close();
  }

  private async foundLane(): Promise<CrashLane> {
    const lane = new CrashLane(this, `lane-${this.#lanes.length + 1}`);
    this.#lanes.push(lane);
    await lane.found();
    return lane;
  }

  /** The URL of a new database. */
  async createDatabase(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      await client.query(`create database "${name}"`);
    } finally {
      await client.end();
    }
    return Object.assign(new URL(this.postgres.url), { pathname: `/${name}` }).href;
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    await this.postgres.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}
