import pg from 'pg';
import {
  DESCRIPTION,
  type DescribedInstallation,
} from '../../../libs/testing/described-api/described-installation.js';
import type { KnownValues } from '../../../libs/testing/described-api/known-values.js';
import { placesOf, requestTo, withValue } from '../../../libs/testing/described-api/requests.js';

const TIMEOUT_MS = 60_000;
const BODY_TEXTS = 3;

/** What would be SQL, if a text ever became part of it. */
const SQL = [
  "' or '1'='1",
  "x'; drop table events; --",
  "'); select pg_sleep(30); --",
  '$1',
  "\\' or 1=1 --",
  '\u02bc or 1=1 --',
] as const;

/** I-39: texts stay texts, wherever they stand: nothing fails, nothing more is found, and every table is as it was. */
export function keepsTextsOutOfSql(
  system: () => DescribedInstallation,
  known: () => KnownValues,
): void {
  const operations = DESCRIPTION.operations.filter(({ roles }) => roles.length > 0);
  let before: readonly string[];
  beforeAll(async () => {
    before = await tables(system());
    expect(before.length).toBeGreaterThan(0);
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    'I-39: %s takes SQL for what it is, a text',
    async (_id, operation) => {
      const { exchange, judge, installation } = system();
      const [role = 'admin'] = operation.roles;
      const [id = ''] = known().of(operation, 'id');
      const texts = (place: string) => {
        if (place === 'query cursor') return SQL.flatMap(cursorsOf);
        // A body is kept as JSON, so a few are enough.
        return place.startsWith('body') ? SQL.slice(0, BODY_TEXTS) : SQL;
      };
      const cases = placesOf(DESCRIPTION, operation).flatMap((place) =>
        texts(place).map((text) => ({ place, text })),
      );
      const complaints = await Promise.all(
        cases.map(async ({ place, text }) => {
          const request = {
            ...requestTo(DESCRIPTION, operation, { id }),
            key: installation.key[role],
          };
          // Headers are bytes of Latin-1.
          const plain = text.replaceAll(/[^\x20-\x7e]/g, '?');
          // What a payment is given must not be what lists are asked for.
          const ofBody = place.startsWith('body') ? `${text} of a body` : text;
          const value = place.startsWith('header') ? plain : ofBody;
          const answer = await exchange.send(operation, withValue(request, place, value));
          const found =
            operation.method === 'GET' && place.startsWith('query') ? rowsIn(answer.text) : 0;
          const all = [...judge(operation, answer), ...(found > 0 ? [`${found} rows`] : [])];
          return all.length === 0 ? [] : [{ place, text, status: answer.status, all }];
        }),
      );
      expect(complaints.flat()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('I-39: every table is where it was', async () => {
    expect(await tables(system())).toEqual(expect.arrayContaining([...before]));
  });
}

/** A cursor as lists give it out, with the text in each of its parts. */
function cursorsOf(text: string): readonly string[] {
  const parts = [
    [text],
    [text, 'pay_0'],
    ['2026-01-01T00:00:00.000Z', text],
    ['0'.repeat(32), text],
  ];
  return [text, ...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))];
}

function rowsIn(text: string): number {
  const { data } = JSON.parse(text) as { data?: readonly unknown[] };
  return data?.length ?? 0;
}

async function tables({ installation }: DescribedInstallation): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: installation.runtime().database_url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
