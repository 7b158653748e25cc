import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { ConfigError } from './config.js';
import { errorCode } from './error-code.js';
import { withConnection } from './held-connection.js';

export interface PoolOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity: which process holds the connection. */
  readonly applicationName: string;
  /** Most connections. Default POOL_MAX. */
  readonly max?: number;
  /** The server cancels a statement after this. Default STATEMENT_TIMEOUT_MS. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for the answer of a statement. Default ANSWER_GRACE_MS above the server's own time-out. */
  readonly answerTimeoutMs?: number;
  /** Settings of each session, such as PLANNED_ONCE. */
  readonly settings?: SessionSettings;
  /** Told of connections that broke while idle; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

export type SessionSettings = Readonly<Record<string, string>>;

/**
 * For sessions whose named statements all go by an index, however large the tables are: each is planned once. Left
 * alone Postgres plans a statement over arrays anew each time, which may take longer than to carry it out.
 */
export const PLANNED_ONCE: SessionSettings = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
};

const POOL_MAX = 10;
export const STATEMENT_TIMEOUT_MS = 10_000;
/** A frozen server, or one behind a connection that leads nowhere any more, does not even keep its own time-out. */
const ANSWER_GRACE_MS = 1_000;
export const CONNECT_TIMEOUT_MS = 5_000;
/** A new connection costs both sides ten milliseconds of work: a pause between two bursts shall not end those at hand. */
const IDLE_TIMEOUT_MS = 600_000;
/** The first release with pg_current_xact_id and a lasting gen_random_uuid. */
const SERVER_VERSION_MIN = 130_000;

/** A pool that outlives restarts of its server. End it with `pool.end()`. */
export function openPool(options: PoolOptions): pg.Pool {
  const { databaseUrl, applicationName, max = POOL_MAX } = options;
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    ...connectionTo(databaseUrl, options.settings ?? {}),
    application_name: applicationName,
    max,
    statement_timeout: statementTimeoutMs,
    // The pool ends the connection then: nobody knows what it is at.
    query_timeout: options.answerTimeoutMs ?? statementTimeoutMs + ANSWER_GRACE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without a listener a server restart would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}

/** Where a connection leads and the settings that it begins with: the driver would let the URL's own replace them. */
export function connectionTo(
  databaseUrl: string,
  settings: SessionSettings,
): { readonly connectionString: string; readonly options: string } {
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null;
  const own = url?.searchParams.get('options') ?? '';
  // What the URL asks for comes last, and wins.
  const options = [...ours, own].join(' ').trim();
  if (url === null || own === '') return { connectionString: databaseUrl, options };
  url.searchParams.set('options', options);
  return { connectionString: url.href, options };
}

/** DATABASE_URL leads to no usable server. */
export class DatabaseUnusable extends ConfigError {
  override readonly code = 'DATABASE_UNUSABLE';
  constructor(sentence: string, options?: ErrorOptions) {
    super([sentence], options);
  }
}

/**
 * Resolves when the server answers, is new enough and keeps sessions. Takes two connections of the pool.
 * @throws DatabaseUnusable with a sentence that names DATABASE_URL and no part of its value
 */
export async function connectionCheck(pool: pg.Pool): Promise<void> {
  let version: number;
  let sessions: boolean;
  try {
    const { rows } = await pool.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    );
    version = Number(rows[0]?.version);
    sessions = await keepsSessions(pool);
  } catch (cause) {
    const code = errorCode(cause) ?? (wantsPassword(cause) ? 'it wants a password' : 'no answer');
    const reason = code === PROTOCOL_VIOLATION ? `${code}: ${POOLER}` : code;
    throw new DatabaseUnusable(`DATABASE_URL leads to no PostgreSQL that lets us in (${reason}).`, {
      cause,
    });
  }
  if (version < SERVER_VERSION_MIN) {
    throw new DatabaseUnusable(
      `DATABASE_URL leads to PostgreSQL ${Math.floor(version / 10_000)}; Tillstream needs 13 or later.`,
    );
  }
  if (!sessions) {
    throw new DatabaseUnusable(
      `DATABASE_URL leads to a pooler that changes the session from one transaction to the next: ${POOLER}.`,
    );
  }
}

/** What a pooler answers that knows a setting of ours not, such as `statement_timeout`. */
const PROTOCOL_VIOLATION = '08P01';
const POOLER =
  'connect to PostgreSQL itself, or by a pooler in session mode that accepts statement_timeout and options';

/**
 * Behind a pooler of transactions prepared statements, locks and temporary tables would get lost: another client that
 * begins one is then given the server's session that the first has just used.
 */
async function keepsSessions(pool: pg.Pool): Promise<boolean> {
  const mark = randomUUID();
  return await withConnection(pool, async (one) => {
    await one.query(`select set_config('tillstream.session', $1, false)`, [mark]);
    return await withConnection(pool, async (other) => {
      await other.query('begin');
      const { rows } = await one.query<{ mark: string | null }>(
        `select current_setting('tillstream.session', true) as mark`,
      );
      await other.query('rollback');
      return rows[0]?.mark === mark;
    });
  });
}

/** The driver's own word, which has no code: the server asked for a password, and the URL has none. */
function wantsPassword(error: unknown): boolean {
  return error instanceof Error && /password must be a (non-empty )?string/.test(error.message);
}

/** SQLSTATEs after which the connection is gone: the server ends it, or a proxy in between did. */
const CONNECTION_STATES = /^(08...|57P0[1-5])$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Node's own names (`EPIPE`) have five letters too; no SQLSTATE class begins with E. */
const SYSTEM_CODE = /^E[A-Z]/;

/**
 * Whether the error came from the connection and not from the statement: it may have been carried out or not.
 * Everything that the server answered about the statement itself means that it was rolled back.
 */
export function isConnectionError(error: unknown): boolean {
  const code = errorCode(error);
  if (code === undefined || SYSTEM_CODE.test(code) || !SQLSTATE.test(code)) return true;
  return CONNECTION_STATES.test(code);
}
