import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import type { AppendCommand } from './append-statement.js';
import { GroupCommit } from './group-commit.js';

/** Where the length stands in Postgres' binary form of an array of one dimension. */
const LENGTH_AT = 12;
const MIB = 1024 * 1024;

/** A connection that says when each commit is done. */
class SlowPostgres {
  /** How many commands each commit had. */
  readonly commits: number[] = [];
  #done: (() => void)[] = [];

  readonly client = {
    on: () => undefined,
    end: async () => undefined,
    query: ({ values }: { readonly values: readonly Buffer[] }) => {
      this.commits.push(values[0]?.readInt32BE(LENGTH_AT) ?? 0);
      return new Promise((resolve) => {
        const rows = [[0, String(this.commits.length), null, null, null, null]];
        this.#done.push(() => resolve({ rows }));
      });
    },
  } as unknown as pg.Client; // reason: what a group commit uses of it

  async finish(): Promise<void> {
    this.#done.shift()?.();
    await nextTurn();
    await nextTurn();
  }
}

function commandOf(stream: string, bytes = 4): AppendCommand {
  const event = { revision: 0, id: '0190aaaa-0000-7000-8000-000000000000', type: 'T', version: 1 };
  const events = [{ ...event, data: '{}', metadata: '{}' }];
  return { stream, expected: 'no stream', events, head: { revision: 0, hash: '' }, bytes };
}

describe('the group commit', () => {
  function opened(ackTimeoutMs = 5_000) {
    const postgres = new SlowPostgres();
    const commit = new GroupCommit({
      connect: async () => postgres.client,
      ackTimeoutMs,
      onStored: () => undefined,
    });
    const told: string[] = [];
    const append = (stream: string) =>
      commit.append(commandOf(stream)).then(() => {
        told.push(`${stream} after ${postgres.commits.length} commits`);
      });
    return { postgres, commit, told, append };
  }

  it('takes half of what waits, so that callers and Postgres do not wait for each other in turns', async () => {
    const { postgres, append } = opened();
    const appends = Array.from({ length: 64 }, (_, nth) => append(`s-${nth}`));
    await nextTurn();
    await nextTurn();
    expect(postgres.commits).toEqual([32]);
    await postgres.finish();
    expect(postgres.commits).toEqual([32, 32]);
    await postgres.finish();
    await Promise.all(appends);
    expect(postgres.commits).toEqual([32, 32]);
  });

  it('tells what a commit brought once the next one is under way', async () => {
    const { postgres, told, append } = opened();
    const appends = [append('first')];
    await nextTurn();
    await nextTurn();
    appends.push(append('second'));
    await postgres.finish();
    expect(told).toEqual(['first after 2 commits']);
    await postgres.finish();
    await Promise.all(appends);
    expect(told).toEqual(['first after 2 commits', 'second after 2 commits']);
  });

  it('tells at once where nothing waits, and ends with what it has told', async () => {
    const { postgres, commit, told, append } = opened();
    const one = append('alone');
    await nextTurn();
    await nextTurn();
    const closed = commit.close();
    await postgres.finish();
    await Promise.all([one, closed]);
    expect(told).toEqual(['alone after 1 commits']);
  });

  it('takes so many bytes into one commit, and one append whatever its size', async () => {
    const { postgres, commit } = opened();
    const appends = [1, 2, 3].map((nth) => commit.append(commandOf(`s-${nth}`, 3 * MIB)));
    await nextTurn();
    await nextTurn();
    expect(postgres.commits).toEqual([2]);
    await postgres.finish();
    await postgres.finish();
    await Promise.all(appends);
    expect(postgres.commits).toEqual([2, 1]);
  });

  it('refuses what is more than may wait, in bytes, and takes as much again once that is stored', async () => {
    const { postgres, commit } = opened();
    for (const round of ['a', 'b', 'c']) {
      const appends = [1, 2].map((nth) => commit.append(commandOf(`${round}-${nth}`, 30 * MIB)));
      const third = commit.append(commandOf(`${round}-3`, 30 * MIB));
      await expect(third).rejects.toThrow('too many appends are waiting');
      await nextTurn();
      await nextTurn();
      await postgres.finish();
      await postgres.finish();
      await Promise.all(appends);
      await nextTurn();
    }
  });

  it('has room again for as much as did not have its turn in time', async () => {
    const { commit } = opened(20);
    const sent = expect(commit.append(commandOf('sent'))).rejects.toThrow('no answer in time');
    await nextTurn();
    await nextTurn();
    for (const stream of ['a', 'b', 'c']) {
      const waiting = commit.append(commandOf(stream, 40 * MIB));
      await expect(waiting).rejects.toThrow('no turn in time');
    }
    await sent;
  });
});
