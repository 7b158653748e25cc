import type pg from 'pg';
import { AdvisorySession } from './advisory-session.js';

interface Statement {
  readonly released: readonly string[];
  readonly tried: readonly string[];
}

/** Grants what is free, as a server with this one session would beside keys that others hold. */
function sessionOn(held: ReadonlySet<string>) {
  const statements: Statement[] = [];
  let fault: Error | null = null;
  const keysIn = (list: string) => list.slice(1, -1).split(',').filter(Boolean);
  const query = async ({ values: [released = '', tried = ''] }: { values: string[] }) => {
    const statement = { released: keysIn(released), tried: keysIn(tried) };
    statements.push(statement);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fault !== null) throw fault;
    const before = statement.released.length;
    return {
      rows: [
        ...statement.released.map((_key, index) => [index + 1, true]),
        ...statement.tried.map((key, index) => [before + index + 1, !held.has(key)]),
      ],
    };
  };
  return {
    // reason: the session asks its client nothing else
    session: new AdvisorySession({ query } as unknown as pg.Client),
    statements,
    fail: (error: Error) => {
      fault = error;
    },
  };
}

describe('advisory locks of one session', () => {
  it('share the statement behind the one that is on its way', async () => {
    const { session, statements } = sessionOn(new Set(['3']));
    const first = session.tryLock('1');
    await new Promise((resolve) => setImmediate(resolve));
    const others = ['2', '3', '4'].map((key) => session.tryLock(key));
    expect(await Promise.all([first, ...others])).toEqual([true, true, false, true]);
    expect(statements.map(({ tried }) => tried)).toEqual([['1'], ['2', '3', '4']]);
  });

  it('are released before others are tried', async () => {
    const { session, statements } = sessionOn(new Set(['8']));
    const all = [session.tryLock('7'), session.release('1'), session.tryLock('8')];
    expect(await Promise.all(all)).toEqual([true, undefined, false]);
    expect(statements).toEqual([{ released: ['1'], tried: ['7', '8'] }]);
  });

  it('fail together, and the next question is asked anew', async () => {
    const { session, statements, fail } = sessionOn(new Set());
    fail(new Error('cut'));
    const all = await Promise.allSettled([session.tryLock('1'), session.release('2')]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(session.tryLock('3')).rejects.toThrow('cut');
    expect(statements).toHaveLength(2);
  });
});
