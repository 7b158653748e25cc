import { PlannedByName, type Queryable } from './queryable.js';

describe('sessions that plan each statement once', () => {
  it('get the named queries, and others those that are planned for their values', async () => {
    const asked: string[] = [];
    const sessions = (name: string) => {
      const query = async (text: unknown) => {
        asked.push(`${name}: ${JSON.stringify(text)}`);
        return { rows: [] };
      };
      return { query } as unknown as Queryable; // reason: of a result only the rows are read
    };
    const pool = new PlannedByName(sessions('planned once'), sessions('planned anew'));
    await pool.query({ name: 'newest', text: 'select 1' });
    await pool.query('select 2', []);
    expect(asked).toEqual([
      'planned once: {"name":"newest","text":"select 1"}',
      'planned anew: "select 2"',
    ]);
  });
});
