import { LOG_START, type RecordedEvent } from '../../libs/event-store/event-store.js';
import { simulatorBooks } from '../../libs/gateways/simulator/simulator-books.js';
import { readProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { checkBooks } from '../../libs/verify/books.js';
import { checkCheckpoints, type Checkpoint } from '../../libs/verify/checkpoints.js';
import { Findings } from '../../libs/verify/finding.js';
import { IntentLedger } from '../../libs/verify/intent-ledger.js';
import { appendSeal, readSeals } from '../../libs/verify/seal-file.js';
import { SealedLog } from '../../libs/verify/seals.js';
import { verifyLog, type VerifiedLog } from '../../libs/verify/verify-log.js';
import { AuditWitnesses } from '../../projections/audit-trail/witnesses.js';
import { PROJECTIONS } from '../../projections/registry.js';
import { readCheckpoints } from '../../projections/runner/checkpoints.js';
import { FreshFold, type FreshFoldResult } from '../../projections/runner/fresh-fold.js';
import type { Installation } from './installation.js';
import type { Progress } from './rebuild-progress.js';
import { rowFinding } from './row-finding.js';

/** Where books lie, and of which gateways; null: of all that they name. */
export interface BooksSource {
  readonly url: string;
  readonly gateways: readonly string[] | null;
}

export interface VerifyOptions {
  readonly books: readonly BooksSource[];
  /** Without books and read models. */
  readonly quick: boolean;
  /** The file of seals; a clean run adds one. Null: none. */
  readonly sealsFile: string | null;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

export interface VerifyResult {
  readonly logId: string;
  readonly log: VerifiedLog;
  readonly findings: Findings;
  /** Entries of the gateways' books; null: none were looked at. */
  readonly bookEntries: number | null;
  readonly readModels: readonly FreshFoldResult[];
}

const COUNT_MAX = 100_000_000;

/**
 * Holds an installation against its promises while it runs; writes nothing but a seal.
 * @throws StoreUnavailable, BooksUnreadable, SealsUnreadable and errors of the database: then nothing was proven
 */
export async function verifyInstallation(
  installation: Installation,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const { pool, store } = installation;
  const findings = new Findings();
  const logId = await store.logId();
  const seals =
    options.sealsFile === null
      ? null
      : new SealedLog(logId, readSeals(options.sealsFile), findings);
  await checkCheckpoints({ store, findings }, await checkpointsOf(installation));
  const fold = options.quick ? null : await FreshFold.open({ pool, store }, PROJECTIONS);
  try {
    const ledger = options.quick || options.books.length === 0 ? null : new IntentLedger();
    const tell = await progressOf(installation, options);
    const log = await verifyLog({
      store,
      findings,
      witnesses: await AuditWitnesses.open(pool),
      seals,
      intents: ledger,
      onEvents: async (events: readonly RecordedEvent[]) => {
        await fold?.take(events);
        tell('reading the log', events.length);
      },
      signal: options.signal,
    });
    crashPoint('log-verified');
    const nextSeal = (await seals?.finish()) ?? null;
    let bookEntries: number | null = null;
    if (ledger !== null) {
      tell("reading the gateways' books", 0);
      bookEntries = await compareBooks(installation, options, { findings, ledger, log });
    }
    if (fold !== null) tell('comparing read models', 0);
    const readModels = (await fold?.compare()) ?? [];
    for (const result of readModels) addReadModel(findings, result);
    // What is in doubt is not sealed.
    if (options.sealsFile !== null && nextSeal !== null && findings.total === 0) {
      await appendSeal(options.sealsFile, nextSeal);
    }
    return { logId, log, findings, bookEntries, readModels };
  } finally {
    fold?.close();
  }
}

async function checkpointsOf({ pool }: Installation): Promise<readonly Checkpoint[]> {
  const processor = await readProcessorCheckpoint(pool);
  const own = processor === null ? [] : [{ name: 'the processor', ...processor }];
  return [...(await readCheckpoints(pool)), ...own];
}

async function progressOf({ store }: Installation, { onProgress }: VerifyOptions) {
  const eventsTotal = await store.countAfter(LOG_START, COUNT_MAX);
  let eventsDone = 0;
  return (phase: string, events: number) => {
    eventsDone += events;
    onProgress({ phase, eventsDone, eventsTotal: Math.max(eventsTotal, eventsDone) });
  };
}

async function compareBooks(
  { store }: Installation,
  { books }: VerifyOptions,
  made: {
    readonly findings: Findings;
    readonly ledger: IntentLedger;
    readonly log: VerifiedLog;
  },
): Promise<number> {
  const { findings, ledger, log } = made;
  const { unfoldable } = log.payments;
  let entries = 0;
  for (const { url, gateways } of books) {
    const options = { store, findings, ledger, unfoldable, gateways };
    entries += await checkBooks(options, simulatorBooks(url));
  }
  return entries;
}

function addReadModel(findings: Findings, { name, fault, differences }: FreshFoldResult): void {
  if (fault !== null) findings.add('read_models', {}, `${name} can't be built anew: ${fault}`);
  for (const difference of differences) {
    const { where, message } = rowFinding(difference);
    findings.add('read_models', where, message);
  }
}
