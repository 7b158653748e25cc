import { recompute } from '../../libs/gateways/routing/route.js';
import { PaymentContinuation } from '../../libs/orchestration/payment-continuation.js';
import { recordFact } from '../../libs/orchestration/fact-recorder.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import type { RoutingDecision } from '../../libs/payments/payment.events.js';
import { viewOf } from '../../libs/payments/payment.view.js';
import { eventually } from '../../libs/testing/eventually.js';
import {
  openGatewayHouse,
  type BookEntry,
  type GatewayHouse,
} from '../../libs/testing/gateway-house.js';

const GATEWAYS = ['alpha', 'bravo', 'charlie', 'delta'];
const PAYMENTS = 60;
const RESOLVE_TIMEOUT_MS = 60_000;

/** alpha fails always, bravo never answers, charlie charges and cuts the connection, delta is well. */
const FAULTS = {
  alpha: { error_rate: 1 },
  bravo: { hang_rate: 1 },
  charlie: { drop_after_effect_rate: 1, settlement_delay_ms: 20, webhook_duplicate_rate: 0.5 },
  delta: { settlement_delay_ms: 20, webhook_reorder_rate: 0.5, webhook_wrong_signature_rate: 0.3 },
};

describe('books and streams of payments among gateways in trouble', () => {
  let house: GatewayHouse;
  beforeAll(async () => {
    house = await openGatewayHouse(GATEWAYS, {
      GATEWAY_TIMEOUT_MS: '400',
      BREAKER_OPEN_MS: '200',
      GATEWAY_PROBE_INTERVAL_MS: '50',
    });
    const split = GATEWAYS.map((gateway) => ({ gateway, percent: 25 }));
    const rules = [{ id: 'even', then: { split } }];
    await house.call('operator', 'PUT', '/v1/routing/rules', { rules });
    for (const [gateway, faults] of Object.entries(FAULTS)) {
      await house.steer('PUT', `/${gateway}/faults`, faults);
    }
  });
  afterAll(() => house.close());

  it(
    'agree: nobody is charged twice or without an event, and every intent is resolved',
    async () => {
      const answers = await Promise.all(
        Array.from({ length: PAYMENTS }, (_, index) => live(index)),
      );
      expect(answers.filter((id) => id !== null)).toHaveLength(PAYMENTS);
      const ids = answers.filter((id) => id !== null);
      const unknown = await Promise.all(ids.map(async (id) => (await viewFor(id)).open_operation));
      expect(unknown.filter((it) => it !== null).length).toBeGreaterThan(0);

      for (const gateway of GATEWAYS) await house.steer('DELETE', `/${gateway}/faults`);
      await resolveAll(ids);

      const gateways = new Set<string>();
      for (const id of ids) {
        const books = await house.booksOf(id);
        await compare(id, books);
        for (const entry of books) gateways.add(entry.gateway);
      }
      // Else the troubled ones were never in it.
      expect(gateways).toEqual(new Set(GATEWAYS));
    },
    RESOLVE_TIMEOUT_MS,
  );

  /** One payment with what its merchant does to it; whatever is refused in trouble is left. */
  async function live(index: number): Promise<string | null> {
    const capture_method = index % 2 === 0 ? 'automatic' : 'manual';
    const { status, body } = await house.pay({ capture_method });
    if (status !== 201 && status !== 202) return null;
    const command = (name: string, given: object) =>
      house.call('merchant', 'POST', `/v1/payments/${body.id}/${name}`, given);
    if (index % 4 === 1) await command('capture', { amount: 1000, final: true });
    if (index % 4 === 3) await command('cancel', {});
    if (index % 4 === 2) await command('refunds', { amount: 500 });
    return body.id;
  }

  async function eventsOf(id: string) {
    return house.store.readStream(`payment-${id}`);
  }

  async function viewFor(id: string) {
    const payment = foldPayment(await eventsOf(id));
    if (payment === null) throw new Error('a payment that was answered has a stream');
    return viewOf(payment);
  }

  /** As the processor does it: asks about what is open, and reads the feeds. */
  async function resolveAll(ids: readonly string[]): Promise<void> {
    const { ports } = house.orchestration;
    const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 200 });
    await eventually(async () => {
      for (const gateway of ports.gateways.all()) {
        for (const fact of (await gateway.facts(null, 2_000)).facts) {
          await recordFact(ports, gateway.name, fact);
        }
      }
      for (const id of ids) {
        if ((await viewFor(id)).open_operation === null) continue;
        await continuation.continue(id, (await eventsOf(id)).length - 1);
      }
      const open = await Promise.all(ids.map(async (id) => (await viewFor(id)).open_operation));
      expect(open.filter((it) => it !== null)).toEqual([]);
      expect((await viewFor(ids[0] ?? '')).status).not.toBe('PROCESSING');
    }, RESOLVE_TIMEOUT_MS);
  }

  async function compare(id: string, books: readonly BookEntry[]): Promise<void> {
    const events = await eventsOf(id);
    const view = await viewFor(id);
    const keys = new Set(events.map(({ data }) => data['key']));
    const approved = books.filter(({ outcome }) => outcome === 'approved');
    const sum = (...operations: readonly string[]) =>
      approved
        .filter(({ operation }) => operations.includes(operation))
        .reduce((total, { amount }) => total + amount, 0);

    // An effect without an intent in the stream would be a charge that nobody knows of.
    for (const { key } of books) expect(keys).toContain(key);
    expect({ id, net: sum('purchase', 'capture') - sum('refund') }).toEqual({
      id,
      net: Number(view.amount_captured) - Number(view.amount_refunded),
    });
    expect(sum('purchase', 'capture')).toBeLessThanOrEqual(2500);
    const held = approved.filter(({ operation }) => operation === 'authorize').length;
    const released = approved.filter(({ operation }) => operation === 'void').length;
    expect(held - released).toBeLessThanOrEqual(1);
    if (view.status === 'CANCELLED') expect(held - released).toBe(0);

    for (const { type, data } of events) {
      if (type !== 'AuthorizationRequested' && type !== 'PurchaseRequested') continue;
      // The stream is our own, and of the newest version.
      const decision = data['routing'] as unknown as RoutingDecision;
      expect(recompute(decision, id)?.gateway).toBe(data['gateway']);
    }
  }
});
