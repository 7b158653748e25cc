import { LOG_START, type RecordedEvent } from '../event-store/event-store.js';
import { formatPosition } from '../event-store/position.js';
import { recordedLife } from '../testing/payment-lives.js';
import { Findings } from './finding.js';
import { checkPage, type EventWitness } from './witnesses.js';

/** More than two pages of witnesses. */
const EVENTS = 4_500;
const [SAMPLE] = recordedLife([['PaymentInitiated']]);

function eventAt(nth: number): RecordedEvent {
  const metadata = { ...SAMPLE!.metadata, hash: `hash of ${nth}` };
  return { ...SAMPLE!, position: formatPosition(1n, BigInt(nth)), revision: nth, metadata };
}

const LOG = Array.from({ length: EVENTS }, (_, index) => eventAt(index + 1));
const LAST = formatPosition(1n, BigInt(EVENTS));

function witnessOf({ position, stream, revision, metadata }: RecordedEvent): EventWitness {
  return { position, stream, revision, hash: metadata.hash };
}

/** What is found where the log holds these events, and those were written down. */
async function found(
  log: readonly RecordedEvent[],
  written: readonly RecordedEvent[],
  complete = LAST,
) {
  const findings = new Findings();
  const told = written.map(witnessOf);
  const witnesses = {
    known: async () => ({ last: LAST, complete }),
    page: async (after: string, to: string, limit: number) =>
      told.filter(({ position }) => position > after && position <= to).slice(0, limit),
  };
  await checkPage({ witnesses, findings }, log, { after: LOG_START, to: LAST, complete });
  return findings.list().map(({ check, revision, message }) => [check, revision, message]);
}

function without(nth: number): readonly RecordedEvent[] {
  return LOG.filter(({ revision }) => revision !== nth);
}

function other(nth: number, change: Partial<RecordedEvent>): readonly RecordedEvent[] {
  return LOG.map((event) => (event.revision === nth ? { ...event, ...change } : event));
}

describe('events and their witnesses', () => {
  it('agree, however many there are', async () => {
    expect(await found(LOG, LOG)).toEqual([]);
    expect(await found([], [])).toEqual([]);
    // Two whole pages.
    expect(await found(LOG.slice(0, 4_000), LOG.slice(0, 4_000))).toEqual([]);
  });

  it.each([1, 2_001, EVENTS])('tell of an event that was removed: %i', async (nth) => {
    const text = 'was removed: the audit trail has it, the log does not';
    expect(await found(without(nth), LOG)).toEqual([['removed_events', nth, text]]);
  });

  it('tell of an event that was replaced', async () => {
    const log = other(3, { metadata: { ...SAMPLE!.metadata, hash: 'another' } });
    const text = 'was replaced: the audit trail has it with another hash';
    expect(await found(log, LOG)).toEqual([['removed_events', 3, text]]);
  });

  it.each<[string, Partial<RecordedEvent>, string]>([
    ['stream', { stream: 'payment-other' }, 'revision 3 of payment-other'],
    ['revision', { revision: 7 }, `revision 7 of ${SAMPLE?.stream}`],
  ])('tell of one that has the place of another: %s', async (_what, change, inItsPlace) => {
    const text = `was moved: the log has ${inItsPlace} in its place`;
    expect(await found(other(3, change), LOG)).toEqual([['removed_events', 3, text]]);
  });

  it.each([1, 2_001, EVENTS])('tell of an event that was slipped in: %i', async (nth) => {
    const text = 'was slipped in: the audit trail, which is past it, has none';
    expect(await found(LOG, without(nth))).toEqual([['added_events', nth, text]]);
  });

  it('leave events behind which nothing was written down yet to the next run', async () => {
    const written = LOG.slice(0, 10);
    expect(await found(LOG, written, written.at(-1)?.position)).toEqual([]);
  });
});
