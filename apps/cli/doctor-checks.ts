import { LOG_START } from '../../libs/event-store/event-store.js';
import { streamsWithGaps } from '../../libs/event-store/postgres/stream-gaps.js';
import type { Environment } from '../../libs/platform/config.js';
import { errorCode } from '../../libs/platform/error-code.js';
import { checkCheckpoints } from '../../libs/verify/checkpoints.js';
import { Findings } from '../../libs/verify/finding.js';
import { lastSeal, type Seal } from '../../libs/verify/seal-file.js';
import { OpenSeal } from '../../libs/verify/seals.js';
import { AuditWitnesses } from '../../projections/audit-trail/witnesses.js';
import { lastRun } from '../../projections/verification/verification-runs.js';
import { checkpointsOf } from '../../projections/verification/verify-installation.js';
import { sealsFileOf, type Installation } from './installation.js';

/** What one check came to: `found` holds a sentence for each fault, `said` stands for all where there is none. */
export interface DoctorCheck {
  readonly name: string;
  /** False: there was nothing to look at. */
  readonly looked: boolean;
  readonly said: string;
  readonly found: readonly string[];
}

/** What can be told in a moment, without reading the log: the quick part of `tillstream verify`. */
export async function doctorChecks(
  env: Environment,
  installation: Installation,
): Promise<readonly DoctorCheck[]> {
  return [
    await checkpoints(installation),
    await revisions(installation),
    await endOfLog(installation),
    await newestSeal(env, installation),
    await lastVerification(installation),
  ];
}

async function checkpoints(installation: Installation): Promise<DoctorCheck> {
  const findings = new Findings();
  const all = await checkpointsOf(installation);
  await checkCheckpoints({ store: installation.store, findings }, all);
  const found = findings.list().map(({ message }) => message);
  return checked('checkpoints', `${all.length} of this log, none ahead`, found);
}

/** More takes longer than whoever asks a doctor will wait. */
const COUNTED_EVENTS_MAX = 5_000_000;
/** The server cancels a statement at its time-out; a busy or slow one does so with fewer events, too. */
const STATEMENT_CANCELLED = '57014';

async function revisions({ store, pool, addresses }: Installation): Promise<DoctorCheck> {
  const name = 'revisions';
  if (addresses.eventStoreUrl !== undefined) {
    return notLooked(name, 'EventStoreDB counts them by itself');
  }
  const events = await store.countAfter(LOG_START, COUNTED_EVENTS_MAX);
  if (events === COUNTED_EVENTS_MAX) return notLooked(name, 'the log is long: tillstream verify');
  try {
    const found = (await streamsWithGaps(pool)).map(
      (gap) => `${gap.stream} has ${gap.events} events, its last revision is ${gap.last}`,
    );
    return checked(name, `${events} events, no gaps`, found);
  } catch (error) {
    if (errorCode(error) !== STATEMENT_CANCELLED) throw error;
    return notLooked(name, `${events} events take too long here: tillstream verify`);
  }
}

/** An event that the audit trail has, beyond the log's end, was there once and is gone. */
async function endOfLog({ store, pool }: Installation): Promise<DoctorCheck> {
  const { last } = await (await AuditWitnesses.open(pool)).known();
  const { position: end } = await store.readAll(await store.head(), 1);
  const found = last > end ? [`the audit trail ends at ${last}, the log at ${end}`] : [];
  return checked('end of the log', 'nothing that the audit trail has is missing there', found);
}

async function newestSeal(
  env: Environment,
  { store, addresses }: Installation,
): Promise<DoctorCheck> {
  const name = 'newest seal';
  const file = sealsFileOf(env, addresses);
  if (file === null) return notLooked(name, 'no file of seals is known: SEALS_FILE');
  const logId = await store.logId();
  const seal = await lastSeal(file, logId);
  if (seal === null) return notLooked(name, `no seal of this log in ${file}`);
  const now = await sealedAgain({ store }, seal, logId);
  const same = now.events === seal.events && now.hash === seal.hash;
  const found = same ? [] : [`the log from ${seal.from} to ${seal.to} is not what was sealed`];
  const [unsealed] = (await store.readAll(seal.to, 1)).events;
  if (unsealed !== undefined && Date.parse(unsealed.metadata.at) < Date.now() - SEALED_WITHIN_MS) {
    found.push(`nothing was sealed since ${unsealed.metadata.at}; the workers' log says why`);
  }
  return checked(name, `${seal.events} events to ${seal.to}`, found);
}

/** Twice the longest interval that can be set. */
const SEALED_WITHIN_MS = 2 * 3_600_000;

const PAGE_MAX = 1_000;

async function sealedAgain({ store }: Pick<Installation, 'store'>, seal: Seal, logId: string) {
  const again = new OpenSeal(seal.from);
  let position = seal.from;
  for (let atEnd = false; !atEnd && position < seal.to;) {
    const page = await store.readAll(position, PAGE_MAX);
    for (const event of page.events) if (event.position <= seal.to) again.add(event);
    ({ position, atEnd } = page);
  }
  return again.close(logId);
}

async function lastVerification({ store, pool }: Installation): Promise<DoctorCheck> {
  const name = 'last verification';
  const run = await lastRun(pool);
  if (run === null || run.logId !== (await store.logId())) {
    return notLooked(name, 'none was made on schedule yet');
  }
  const when = `${run.finishedAt.toISOString()}, ${run.events} events to ${run.position}`;
  const found = Object.entries(run.counts)
    .filter(([, count]) => count > 0)
    .map(([check, count]) => `${check}: ${count} at ${when}`);
  const told = run.findings.map(
    ({ check, stream, revision, position, message }) =>
      `${check}: ${[stream, revision === null ? null : `revision ${revision}`, position].filter((part) => part !== null).join(', ')}: ${message}`,
  );
  return checked(name, when, [...found, ...told]);
}

function checked(name: string, said: string, found: readonly string[]): DoctorCheck {
  return { name, looked: true, said, found };
}

function notLooked(name: string, said: string): DoctorCheck {
  return { name, looked: false, said, found: [] };
}
