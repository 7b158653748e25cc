import {
  LOG_START,
  type Position,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { simulatorBooks } from '../../libs/gateways/simulator/simulator-books.js';
import { readProcessorCheckpoint } from '../../libs/orchestration/processor-checkpoint.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import { checkBooks } from '../../libs/verify/books.js';
import type { BooksSource } from '../../libs/verify/books-sources.js';
import { checkCheckpoints, type Checkpoint } from '../../libs/verify/checkpoints.js';
import { Findings } from '../../libs/verify/finding.js';
import { IntentLedger } from '../../libs/verify/intent-ledger.js';
import { appendSeal, openSeals, SealsUnreadable, type Seal } from '../../libs/verify/seal-file.js';
import { SealedLog } from '../../libs/verify/seals.js';
import { streamParts, type StreamPart } from '../../libs/verify/stream-parts.js';
import { joinParts, verifyLog, type VerifiedLog } from '../../libs/verify/verify-log.js';
import { AuditWitnesses } from '../audit-trail/witnesses.js';
import { PROJECTIONS } from '../registry.js';
import { readCheckpoints } from '../runner/checkpoints.js';
import { FreshFold, type FreshFoldResult } from '../runner/fresh-fold.js';
import { checkDuePayments } from './check-due-payments.js';
import type { Installation } from './installation.js';
import type { Pace } from './pace.js';
import { rowFinding } from './row-finding.js';

export interface VerifyOptions {
  readonly books: readonly BooksSource[];
  /** Without books and read models. */
  readonly quick: boolean;
  /** Null: none. */
  readonly sealsFile: string | null;
  /** A run without findings seals what no seal covers yet. */
  readonly addSeal: boolean;
  readonly pace: Pace;
  readonly onProgress: (progress: VerifyProgress) => void;
  readonly signal: AbortSignal;
}

export interface VerifyProgress {
  readonly phase: string;
  readonly eventsDone: number;
  readonly eventsTotal: number;
}

export interface VerifyResult {
  readonly logId: string;
  readonly log: VerifiedLog;
  readonly findings: Findings;
  /** Entries of the gateways' books; null: none were looked at. */
  readonly bookEntries: number | null;
  readonly readModels: readonly FreshFoldResult[];
  /** Null: none were looked at. */
  readonly seals: VerifiedSeals | null;
}

export interface VerifiedSeals {
  /** Up to where the log was held against seals; null: not one is of this log. */
  readonly to: Position | null;
  /** Why what is behind them could not be sealed. */
  readonly fault: string | null;
}

const COUNT_MAX = 100_000_000;

/**
 * Holds an installation against its promises while it runs; writes nothing but a seal. The log is read once, or more
 * often where it is long, each time for another part of the streams, so that memory stays bounded.
 * @throws StoreUnavailable, BooksUnreadable, SealsUnreadable and errors of the database: then nothing was proven
 */
export async function verifyInstallation(
  installation: Installation,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const { pool, store } = installation;
  const { sealsFile, signal } = options;
  const findings = new Findings();
  const logId = await store.logId();
  // Before the log is read: what was sealed by now must be in it.
  const seals =
    sealsFile === null ? null : new SealedLog(logId, await openSeals(sealsFile), findings);
  const processor = await readProcessorCheckpoint(pool);
  const noted = processor?.logId === logId ? processor.position : LOG_START;
  await checkCheckpoints({ store, findings }, await checkpointsOf(installation));
  const fold = options.quick ? null : await FreshFold.open(installation, PROJECTIONS);
  const giveUp = () => fold?.close();
  signal.addEventListener('abort', giveUp);
  try {
    const events = await store.countAfter(LOG_START, COUNT_MAX);
    const parts = streamParts(events, options.pace.partMax);
    const tell = teller(options, events * parts.length);
    const read: PartRead[] = [];
    for (const part of parts) {
      const once =
        part === parts[0] ? { seals, fold, witnesses: await AuditWitnesses.open(pool) } : NOTHING;
      read.push(await readPart(installation, options, { part, once, noted, findings, tell }));
    }
    crashPoint('log-verified');
    const nextSeal = (await seals?.finish()) ?? null;
    if (fold !== null) tell('comparing read models', 0);
    const readModels = (await fold?.compare()) ?? [];
    for (const result of readModels) addReadModel(findings, result);
    const to = seals === null || seals.covered === LOG_START ? null : seals.covered;
    // What is in doubt is not sealed.
    const wanted = options.addSeal && findings.total === 0 ? nextSeal : null;
    const fault = sealsFile === null ? null : await sealFault(sealsFile, wanted, to);
    const log = joinParts(read.map((part) => part.log));
    const bookEntries = read[0]?.bookEntries ?? null;
    return { logId, log, findings, bookEntries, readModels, seals: seals && { to, fault } };
  } finally {
    signal.removeEventListener('abort', giveUp);
    fold?.close();
  }
}

/** Why the seal could not be added. A copy that is kept where nobody writes still serves to hold the log against. */
async function sealFault(
  file: string,
  seal: Seal | null,
  to: Position | null,
): Promise<string | null> {
  if (seal === null) return null;
  try {
    await appendSeal(file, seal);
    return null;
  } catch (error) {
    if (to === null || !(error instanceof SealsUnreadable)) throw error;
    return error.message;
  }
}

interface Reading {
  readonly part: StreamPart;
  /** What needs all events once. */
  readonly once: {
    readonly seals: SealedLog | null;
    readonly fold: FreshFold | null;
    readonly witnesses: AuditWitnesses | null;
  };
  /** Where the processor stood before. */
  readonly noted: Position;
  readonly findings: Findings;
  readonly tell: (phase: string, events: number) => void;
}

interface PartRead {
  readonly log: VerifiedLog;
  readonly bookEntries: number | null;
}

const NOTHING = { seals: null, fold: null, witnesses: null };

async function readPart(
  installation: Installation,
  options: VerifyOptions,
  { part, once, noted, findings, tell }: Reading,
): Promise<PartRead> {
  const { pace, signal } = options;
  const ledger = options.quick || options.books.length === 0 ? null : new IntentLedger();
  const log = await verifyLog({
    store: installation.store,
    findings,
    part,
    pageMax: pace.pageMax,
    witnesses: once.witnesses,
    seals: once.seals,
    intents: ledger,
    onEvents: async (page: readonly RecordedEvent[]) => {
      await once.fold?.take(page);
      tell('reading the log', page.length);
      await pace.rest();
    },
    signal,
  });
  await checkDuePayments(installation, findings, { waiting: log.payments.waiting, noted });
  // Only what the report needs: all of every part would not fit into memory.
  const kept = joinParts([log]);
  if (ledger === null) return { log: kept, bookEntries: null };
  tell("reading the gateways' books", 0);
  const bookEntries = await compareBooks(installation, options, { findings, ledger, log, part });
  return { log: kept, bookEntries };
}

/** Of everybody who follows the log. */
export async function checkpointsOf({ pool }: Installation): Promise<readonly Checkpoint[]> {
  const processor = await readProcessorCheckpoint(pool);
  const own = processor === null ? [] : [{ name: 'the processor', ...processor }];
  return [...(await readCheckpoints(pool)), ...own];
}

function teller({ onProgress }: VerifyOptions, eventsTotal: number) {
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
    readonly part: StreamPart;
  },
): Promise<number> {
  const { findings, ledger, log, part } = made;
  const { unfoldable } = log.payments;
  let entries = 0;
  for (const { url, gateways } of books) {
    const options = { store, findings, ledger, unfoldable, gateways, part };
    entries += await checkBooks(options, simulatorBooks(url));
  }
  return entries;
}

function addReadModel(findings: Findings, result: FreshFoldResult): void {
  const { name, fault, viewFault, differences } = result;
  if (viewFault !== null) findings.add('read_models', {}, `${name}: ${viewFault}`);
  if (fault !== null) findings.add('read_models', {}, `${name} can't be built anew: ${fault}`);
  for (const difference of differences) {
    const { where, message } = rowFinding(difference);
    findings.add('read_models', where, message);
  }
}
