import { GroupedReads, READS_PER_QUERY_MAX, type StreamRead } from './grouped-reads.js';

/** Queries that stay open until they are let go. */
function openQueries() {
  const asked: (readonly StreamRead[])[] = [];
  const release: (() => void)[] = [];
  const reads = new GroupedReads<string>(async (batch) => {
    asked.push(batch);
    await new Promise<void>((resolve) => release.push(resolve));
    return batch.map(({ stream, from }) => [`${stream}@${from}`]);
  });
  const settle = async () => {
    for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  };
  return { reads, asked, release, settle };
}

describe('grouped reads', () => {
  it('give each read its own rows, also two of the same stream', async () => {
    const { reads, asked, release, settle } = openQueries();
    const all = [reads.read('a', 0), reads.read('b', 3), reads.read('a', 1)];
    await settle();
    expect(asked).toHaveLength(1);
    release.forEach((letGo) => letGo());
    expect(await Promise.all(all)).toEqual([['a@0'], ['b@3'], ['a@1']]);
  });

  it('gather behind two queries that are on their way, and go up to their bound', async () => {
    const { reads, asked, release, settle } = openQueries();
    const all = [reads.read('first', 0)];
    await settle();
    all.push(reads.read('second', 0));
    await settle();
    for (let nth = 0; nth <= READS_PER_QUERY_MAX; nth += 1) all.push(reads.read(`s${nth}`, 0));
    await settle();
    expect(asked).toHaveLength(2);
    release.splice(0).forEach((letGo) => letGo());
    await settle();
    expect(asked.slice(2).map((batch) => batch.length)).toEqual([READS_PER_QUERY_MAX, 1]);
    release.splice(0).forEach((letGo) => letGo());
    expect((await Promise.all(all)).flat()).toContain(`s${READS_PER_QUERY_MAX}@0`);
  });

  it('fail together when their query fails, and go on with the next', async () => {
    let failing = true;
    const reads = new GroupedReads<string>((batch) =>
      failing ? Promise.reject(new Error('away')) : Promise.resolve(batch.map(() => ['back'])),
    );
    const outcomes = await Promise.allSettled([reads.read('a', 0), reads.read('b', 0)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    expect(await reads.read('a', 0)).toEqual(['back']);
  });
});
