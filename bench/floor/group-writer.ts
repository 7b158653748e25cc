import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { textColumns } from '../../libs/platform/binary-arrays.js';

const APPENDS_PER_COMMIT_MAX = 256;

export interface FloorEvent {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly data: string;
}

interface Waiting {
  readonly events: readonly FloorEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export const FLOOR_TABLE = `create table if not exists floor_events (
  place bigint generated always as identity primary key,
  stream text collate "C" not null, revision integer not null, type text not null, data text not null,
  unique (stream, revision))`;

const INSERT = `insert into floor_events (stream, revision, type, data)
  select stream, revision::integer, type, data
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as e(stream, revision, type, data)`;

/** The least that a durable append can be: what waits goes in one insert, and an append ends when that is on disk. */
export class GroupWriter {
  #queue: Waiting[] = [];
  #running = false;

  constructor(private readonly client: pg.Client) {}

  append(events: readonly FloorEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    await nextTurn();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, APPENDS_PER_COMMIT_MAX);
      const rows = batch.flatMap(({ events }) =>
        events.map((it) => [it.stream, String(it.revision), it.type, it.data]),
      );
      try {
        await this.client.query({ name: 'floor', text: INSERT, values: textColumns(rows, 4) });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      await nextTurn();
    }
    this.#running = false;
  }
}
