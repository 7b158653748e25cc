import type { EventStore } from '../event-store/event-store.js';
import type { BookEntry } from '../gateways/gateway-books.js';
import { foldPayment } from '../payments/payment.fold.js';
import type { Operation } from '../payments/payment.state.js';
import { paymentStream } from '../payments/payment.stream.js';
import type { Findings } from './finding.js';
import type { IntentLedger, KnownIntent } from './intent-ledger.js';
import type { StreamPart } from './stream-parts.js';

export interface BooksOptions {
  readonly store: EventStore;
  readonly findings: Findings;
  readonly ledger: IntentLedger;
  /** Streams that could not be followed: what they say of a key is not known. */
  readonly unfoldable: ReadonlySet<string>;
  /** Whose books these are; null: of all gateways that they name. */
  readonly gateways: readonly string[] | null;
  /** Streams that the ledger was made of. */
  readonly part: StreamPart;
}

/**
 * Holds a gateway's books against the streams, both ways. The ledger must have been made before the books are read.
 * @returns how many entries there were @throws what the store and the books throw
 */
export async function checkBooks(
  options: BooksOptions,
  books: AsyncIterable<readonly BookEntry[]>,
): Promise<number> {
  const { ledger, findings } = options;
  const gateways = new Set(options.gateways);
  let entries = 0;
  for await (const page of books) {
    for (const entry of page) {
      if (options.gateways === null) gateways.add(entry.gateway);
      await checkEntry(options, entry);
    }
    entries += page.length;
  }
  for (const [key, intent] of ledger.byKey) {
    if (intent.outcome !== 'approved' || intent.charges > 0) continue;
    if (!gateways.has(intent.gateway) || options.unfoldable.has(intent.stream)) continue;
    findings.add(
      'gateway_books',
      intent,
      `event without charge: ${intent.operation} of ${intent.amount} is approved here, ` +
        `${intent.gateway}'s books have none under ${key}`,
    );
  }
  return entries;
}

async function checkEntry(options: BooksOptions, entry: BookEntry): Promise<void> {
  const { findings, ledger, unfoldable } = options;
  const stream = paymentStream(entry.paymentId);
  if (entry.outcome !== 'approved' || unfoldable.has(stream) || !options.part.has(stream)) return;
  const intent = ledger.byKey.get(entry.key);
  if (intent === undefined || intent.stream !== stream) {
    // It may have been asked for after the log was read.
    if ((await operationNow(options.store, stream, entry.key)) !== null) return;
    findings.add('gateway_books', { stream }, unknownText(entry, chargeBeside(ledger, entry)));
    return;
  }
  intent.charges += 1;
  if (intent.charges > 1) {
    findings.add('gateway_books', intent, `charged twice: ${entryText(entry)}, again`);
    return;
  }
  const fault = faultOf(options, intent, entry);
  if (fault === null) return;
  const now = await operationNow(options.store, stream, entry.key);
  if (now !== null && faultOf(options, { ...intent, ...now }, entry) === null) return;
  findings.add('gateway_books', intent, fault);
}

type Known = Pick<KnownIntent, 'operation' | 'outcome' | 'amount' | 'currency' | 'gateway'>;

function faultOf({ gateways }: BooksOptions, known: Known, entry: BookEntry): string | null {
  // A gateway may have another name in its own books than here.
  const named = gateways === null || gateways.includes(entry.gateway);
  if (named && known.gateway !== entry.gateway) {
    return `${entryText(entry)} was sent to ${known.gateway} here`;
  }
  if (known.operation !== entry.operation) {
    return `${entryText(entry)} is ${known.operation} here`;
  }
  switch (known.outcome) {
    case 'open':
    case 'unknown':
    case 'pending':
    case 'action': // the gateway will be asked: nothing is wrong while that lasts
      return null;
    case 'declined':
    case 'refused':
      return `charge without event: ${entryText(entry)} is ${known.outcome} here`;
    case 'approved':
      break;
  }
  if (known.currency !== entry.currency) return `${entryText(entry)} is in ${known.currency} here`;
  // A void names no amount, and an increment the new total or the difference as the gateway likes.
  if (entry.operation === 'void' || entry.operation === 'increment') return null;
  return known.amount === entry.amount ? null : `${entryText(entry)} is ${known.amount} here`;
}

function unknownText(entry: BookEntry, beside: string | null): string {
  const text = `charge without event: ${entryText(entry)} has no intent in the stream`;
  return beside === null ? text : `charged twice: ${text}, which has ${beside}`;
}

function entryText({ gateway, operation, amount, currency, key }: BookEntry): string {
  return `${gateway}'s books have ${operation} of ${amount} ${currency} under ${key}`;
}

/** Another approved attempt of the same payment. Walks all intents: only a finding pays for it. */
function chargeBeside(ledger: IntentLedger, entry: BookEntry): string | null {
  if (entry.operation !== 'authorize' && entry.operation !== 'purchase') return null;
  const stream = paymentStream(entry.paymentId);
  for (const [key, intent] of ledger.byKey) {
    const attempt = intent.operation === 'authorize' || intent.operation === 'purchase';
    if (intent.stream === stream && attempt && intent.outcome === 'approved') {
      return `${intent.operation} of ${intent.amount} at ${intent.gateway} under ${key}`;
    }
  }
  return null;
}

async function operationNow(
  store: EventStore,
  stream: string,
  key: string,
): Promise<Operation | null> {
  const payment = foldPayment(await store.readStream(stream));
  return payment?.operations.find((operation) => operation.key === key) ?? null;
}
