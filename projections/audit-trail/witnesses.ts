import { LOG_START, type Position } from '../../libs/event-store/event-store.js';
import { hasTable } from '../../libs/platform/has-table.js';
import type { Queryable } from '../../libs/platform/queryable.js';

/** A position as the log tells it. */
export const POSITION = `replace(audit_trail.position::text, '-', '')`;

/** What a row of the audit says of its event. */
export interface AuditWitness {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/** The audit as a list of what the log held; empty where it was never built. */
export class AuditWitnesses {
  private constructor(
    private readonly pool: Queryable,
    private readonly there: boolean,
  ) {}

  static async open(pool: Queryable): Promise<AuditWitnesses> {
    return new AuditWitnesses(pool, await hasTable(pool, 'audit_trail'));
  }

  /** Position of the newest row, and up to where every event has one. */
  async known(): Promise<{ readonly last: Position; readonly complete: Position }> {
    const none = { last: LOG_START, complete: LOG_START };
    if (!this.there) return none;
    const { rows } = await this.pool.query<{ last: Position; complete: Position }>(
      `select coalesce((select ${POSITION} from audit_trail order by position desc limit 1), $1) as last,
              v.position as complete
         from projections p join projection_versions v on v.name = p.name and v.version = p.active_version
        where p.name = 'audit-trail'`,
      [LOG_START],
    );
    return rows[0] ?? none;
  }

  /** At most `limit` rows of (after, to], in the order of the log. */
  async page(after: Position, to: Position, limit: number): Promise<readonly AuditWitness[]> {
    if (!this.there) return [];
    const { rows } = await this.pool.query<AuditWitness & Record<string, unknown>>(
      `select ${POSITION} as position, stream, revision, hash from audit_trail
        where position > $1 and position <= $2 order by audit_trail.position limit $3`,
      [after, to, limit],
    );
    return rows;
  }
}
