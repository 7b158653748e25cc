import type { Queryable } from '../../libs/platform/queryable.js';
import { acquireLease, LEASE_TTL_MS, type Lease } from './lease.js';
import type { Projection } from './projection.js';

/** Another process rebuilds the same read model. */
export class RebuildRunning extends Error {
  readonly code = 'REBUILD_RUNNING';
}

/** A killed rebuild's lease passes on within this. */
const LEASE_WAIT_MS = LEASE_TTL_MS + 2_000;

interface Builder {
  readonly projection: Projection;
  /** Unique to this process. */
  readonly holder: string;
}

/** Whoever holds it is the only one who builds the next version; waits for it as long as others build. */
export function awaitRebuildLease(
  pool: Queryable,
  { projection, holder }: Builder,
  signal: AbortSignal,
): Promise<Lease> {
  return acquireLease(pool, { name: `${projection.name}/rebuild`, holder }, signal);
}

/** The same for somebody who does not want to wait. @throws RebuildRunning */
export async function rebuildLease(
  pool: Queryable,
  builder: Builder,
  signal: AbortSignal,
): Promise<Lease> {
  const waited = AbortSignal.any([signal, AbortSignal.timeout(LEASE_WAIT_MS)]);
  try {
    return await awaitRebuildLease(pool, builder, waited);
  } catch (cause) {
    if (!waited.aborted || signal.aborted) throw cause;
    const { name } = builder.projection;
    throw new RebuildRunning(`${name} is being rebuilt by another process`, { cause });
  }
}
