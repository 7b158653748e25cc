import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { LOG_START, type EventStore } from '../../libs/event-store/event-store.js';
import { DamagedHouse } from '../../libs/testing/damaged-house.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';

jest.setTimeout(120_000);

describe("tillstream verify beside the gateways' books", () => {
  let house: DamagedHouse;
  /** Serves `entries`. */
  let server: Server;
  let entries: Record<string, unknown>[];

  beforeAll(async () => {
    house = await DamagedHouse.open((store) => new PaymentLog(store).appendMany(0, 12));
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: entries, next_cursor: null }));
    }).listen(0, '127.0.0.1');
  });

  beforeEach(async () => {
    entries = await trueBooks(house.store);
  });

  afterAll(async () => {
    server?.close();
    await house?.close();
  });

  async function bookFindings(): Promise<readonly string[]> {
    const { port } = server.address() as AddressInfo; // reason: it listens on TCP
    const report = await house.report('--books', `http://127.0.0.1:${port}`);
    expect(report.book_entries).toBe(entries.length);
    expect(report.findings.every(({ check }) => check === 'gateway_books')).toBe(true);
    return report.findings.map(({ stream, message }) => `${stream}: ${message}`);
  }

  it('finds nothing where both say the same', async () => {
    expect(await bookFindings()).toEqual([]);
  });

  it('names a charge that no event knows, and that it is the second', async () => {
    const first = entries.find(({ operation }) => operation === 'purchase');
    entries.push({ ...first, key: 'another' });
    expect(await bookFindings()).toEqual([
      expect.stringMatching(/^payment-pay_\d+: charged twice: charge without event/),
    ]);
  });

  it('names a key that was charged twice', async () => {
    entries.push({ ...entries[0] });
    expect(await bookFindings()).toEqual([expect.stringMatching(/: charged twice: /)]);
  });

  it.each([
    ['gateway', 'beta', /was sent to alpha here$/],
    ['currency', 'USD', /is in EUR here$/],
    ['amount', 1, /is \d+ here$/],
    ['operation', 'capture', /is purchase here$/],
    ['key', 'another', /charge without event/],
    ['payment_id', 'pay_none', /charge without event/],
    ['outcome', 'declined', /event without charge/],
  ])('names an entry whose %s was altered', async (field, value, message) => {
    const at = entries.findIndex(
      ({ operation, currency }) => operation === 'purchase' && currency === 'EUR',
    );
    entries = entries.map((one, index) => (index === at ? { ...one, [field]: value } : one));
    expect(await bookFindings()).toContainEqual(expect.stringMatching(message));
  });

  it('accuses no gateway where events of a payment are gone', async () => {
    const [first] = entries;
    const stream = `payment-${first?.['payment_id']}`;
    await house.pool.query('delete from event_store.events where stream = $1 and revision = 3', [
      stream,
    ]);
    await house.pool.query(
      `insert into event_store.events select transaction, place, stream, revision + 1, id, type, version, data, metadata
         from saved_event_store_events where stream = $1 and revision = 3`,
      [stream],
    );
    const { port } = server.address() as AddressInfo; // reason: it listens on TCP
    const found = await house.found('--books', `http://127.0.0.1:${port}`);
    await house.restore();
    expect(found).toContain(`revisions ${stream} 4`);
    expect(found.filter((finding) => finding.startsWith('gateway_books'))).toEqual([]);
  });

  it('names an event that no charge stands behind, and an amount that differs', async () => {
    const [removed, ...others] = entries;
    const changed = others.find(({ operation }) => operation === 'purchase');
    entries = others.map((one) => (one === changed ? { ...one, amount: 1 } : one));
    expect(await bookFindings()).toEqual([
      expect.stringMatching(`payment-${changed?.['payment_id']}: .* is \\d+ here$`),
      expect.stringContaining(`payment-${removed?.['payment_id']}: event without charge`),
    ]);
  });
});

/** Books that a gateway would have kept of these events. */
async function trueBooks(store: EventStore): Promise<Record<string, unknown>[]> {
  const { events } = await store.readAll(LOG_START, 1_000);
  const asked = events.flatMap(({ stream, type, data }) => {
    const operation = type === 'PurchaseRequested' ? 'purchase' : 'refund';
    if (type !== 'PurchaseRequested' && type !== 'RefundRequested') return [];
    const { gateway, key, amount, currency } = data;
    const entry = { gateway, operation, key, amount: Number(amount), currency };
    return [{ ...entry, payment_id: stream.replace('payment-', ''), outcome: 'approved' }];
  });
  return asked;
}
