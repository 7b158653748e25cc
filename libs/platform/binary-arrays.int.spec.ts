import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';
import { booleanArray, integerArray, textArray, textColumns, uuidArray } from './binary-arrays.js';
import { openPool } from './postgres.js';

describe('arrays as Postgres sends them', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openPool({ databaseUrl: database.url, applicationName: 'spec' });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await database?.dispose();
  }, 60_000);

  const asRead = async (type: string, array: Buffer) => {
    const text = `select to_json($1::${type}[]) as values`;
    const { rows } = await pool.query<{ values: unknown }>({ text, values: [array] });
    return rows[0]?.values;
  };

  it('texts, none of them changed on the way', async () => {
    const texts = ['', 'plain', '{"a":"\\"\\\\"}', 'žluťoučký 🐎', null, 'NULL'];
    expect(await asRead('text', textArray(texts))).toEqual(texts);
    expect(await asRead('text', textArray([]))).toEqual([]);
    const columns = textColumns([['a', null], ['b', 'c']], 2); // prettier-ignore
    expect(await Promise.all(columns.map((column) => asRead('text', column)))).toEqual([
      ['a', 'b'],
      [null, 'c'],
    ]);
  });

  it('numbers and truths', async () => {
    const numbers = [0, -1, 2 ** 31 - 1, -(2 ** 31)];
    expect(await asRead('integer', integerArray(numbers))).toEqual(numbers);
    expect(await asRead('boolean', booleanArray([true, false]))).toEqual([true, false]);
  });

  it('UUIDs with hyphens or without', async () => {
    const uuid = '0190f3c2-a7b8-7c3e-9d1f-2a3b4c5d6e7f';
    const read = await asRead('uuid', uuidArray([uuid, uuid.replaceAll('-', '')]));
    expect(read).toEqual([uuid, uuid]);
  });
});
