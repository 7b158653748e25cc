import type pg from 'pg';
import { cpuSeconds } from './process-figures.js';

/**
 * CPU seconds of Postgres by whom it works for: each connection tells its application's name. What is left are its own
 * processes (checkpoints, write-ahead log, vacuum) and connections that ended.
 */
export async function postgresCpu(
  observer: pg.Client,
  postmasterPid: number,
): Promise<Readonly<Record<string, number>>> {
  const all = cpuSeconds(postmasterPid, true);
  const { rows } = await observer.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_stat_activity where backend_type = 'client backend'`,
  );
  const byName: Record<string, number> = {};
  let told = 0;
  for (const { pid, name } of rows) {
    const seconds = cpuSeconds(pid);
    told += seconds;
    const key = `postgres: ${name.replace('tillstream ', '')}`;
    byName[key] = (byName[key] ?? 0) + seconds;
  }
  return { postgres: all, 'postgres: itself': all - told, ...byName };
}
