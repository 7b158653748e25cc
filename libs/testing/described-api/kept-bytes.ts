import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import type { Installation } from '../installation.js';

/** A piece of what an installation keeps or tells. */
export interface KeptText {
  /** `table event_store.events`, `file postgres.log`, `output`, `metrics of api`. */
  readonly where: string;
  readonly text: string;
  /** Of a row: its values by column. */
  readonly row?: Readonly<Record<string, string>>;
}

/** Where keys and secrets live; readable by their owner alone. */
export const SECRET_FILES: ReadonlySet<string> = new Set([
  ...['keys.json', 'secrets.json', 'runtime.json', 'postgres-password'],
]);
/** A line of the notice that shows the keys of this machine on purpose. */
const OF_THE_NOTICE = /^ {2}\S.*tsk_/;
/** PostgreSQL's own files: what it shows of them is read as rows. */
const DATABASE_FILES = /^postgres\//;

/** Every row of every table, every file, everything that was logged, and all metrics. */
export async function keptBytes(installation: Installation): Promise<readonly KeptText[]> {
  return [
    ...(await rowsOf(installation.runtime().database_url)),
    ...filesIn(installation.dataDir),
    ...installation
      .output()
      .split('\n')
      .filter((text) => !OF_THE_NOTICE.test(text))
      .map((text) => ({ where: 'output', text })),
    ...(await metricsOf(installation)),
  ];
}

async function rowsOf(databaseUrl: string): Promise<readonly KeptText[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ schemaname: string; tablename: string }>(
      `select schemaname, tablename from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const kept: KeptText[] = [];
    for (const { schemaname, tablename } of tables) {
      const table = [schemaname, tablename].map((name) => client.escapeIdentifier(name)).join('.');
      const { rows } = await client.query<Record<string, unknown>>(`select * from ${table}`);
      for (const values of rows) {
        const row = Object.fromEntries(
          Object.entries(values).map(([name, value]) => [name, textOf(value)]),
        );
        const text = Object.entries(row).map(([name, value]) => `${name}: ${value}`);
        kept.push({ where: `table ${schemaname}.${tablename}`, text: text.join('\n'), row });
      }
    }
    return kept;
  } finally {
    await client.end();
  }
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function filesIn(dataDir: string): readonly KeptText[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = relative(dataDir, join(entry.parentPath, entry.name));
    if (!entry.isFile() || DATABASE_FILES.test(path) || SECRET_FILES.has(path)) return [];
    const text = readFileSync(join(dataDir, path), 'utf8');
    return text.split('\n').map((line) => ({ where: `file ${path}`, text: line }));
  });
}

async function metricsOf(installation: Installation): Promise<readonly KeptText[]> {
  const { children } = installation.runtime();
  const texts = children.map(async ({ name, management_url: url }) => {
    const text = url === null ? '' : await (await fetch(`${url}/metrics`)).text();
    return { where: `metrics of ${name}`, text };
  });
  return await Promise.all(texts);
}
