import { SimulatorClient } from '../../apps/gateway-simulator/simulator-client.contract.js';
import type { PaymentRequest } from '../orchestration/payment-calls.js';
import { simulatorBooks } from '../gateways/simulator/simulator-books.js';
import { SimulatorGateway } from '../gateways/simulator/simulator-gateway.js';
import { call, create, house } from '../testing/payment-house.js';
import { card } from '../testing/plain-create.js';
import type { ScriptedGateway } from '../testing/scripted-gateway.js';
import { checkBooks } from './books.js';
import { Findings } from './finding.js';
import { IntentLedger } from './intent-ledger.js';
import { streamParts } from './stream-parts.js';
import { verifyLog } from './verify-log.js';

const [WHOLE] = streamParts(1, 1);
const MANUAL = { captureMethod: 'manual' } as const;

/** What each payment is put through, one call after the other. */
const LIVES: readonly (readonly PaymentRequest[])[] = [
  [create(), { command: 'refund', amount: 300n, reason: null }],
  [create({ paymentMethod: card('tok_decline_stolen_card') })],
  [create({ paymentMethod: card('tok_partial_approval') })],
  [create({ paymentMethod: card('tok_error_after_effect') })],
  [create({ paymentMethod: card('tok_refund_fails') }), refundAll()],
  [
    create(MANUAL),
    { command: 'increment_authorization', amount: 4000n },
    { command: 'capture', amount: 1000n, final: false },
    { command: 'capture', amount: 500n, final: true },
  ],
  [create(MANUAL), { command: 'cancel', reason: null }],
];

function refundAll(): PaymentRequest {
  return { command: 'refund', amount: null, reason: null };
}

describe("a real gateway's books beside the streams that its answers made", () => {
  let client: SimulatorClient;
  beforeAll(async () => {
    client = await SimulatorClient.start();
  });
  afterAll(() => client.close());

  it('agree after captures, refunds, voids, declines and lost answers; and not without a stream', async () => {
    const gateway = new SimulatorGateway({ name: 'alpha', baseUrl: `${client.url}/alpha` });
    // reason: of a gateway the house wants no more than the port
    const { store, runner } = house([gateway as unknown as ScriptedGateway]);
    for (const [number, life] of LIVES.entries()) {
      for (const [step, request] of life.entries()) {
        const answer = await runner.execute(
          call(request, `k${number}-${step}`, { paymentId: `pay_${number}` }),
        );
        expect(answer.kind).toBe('payment');
      }
    }
    const findings = new Findings();
    const ledger = new IntentLedger();
    const signal = new AbortController().signal;
    const onEvents = async () => undefined;
    const log = await verifyLog({
      store,
      findings,
      part: WHOLE,
      pageMax: 1_000,
      witnesses: null,
      seals: null,
      intents: ledger,
      onEvents,
      signal,
    });
    const { unfoldable } = log.payments;
    const options = { store, findings, ledger, unfoldable, gateways: null, part: WHOLE };
    expect(await checkBooks(options, simulatorBooks(client.url))).toBeGreaterThan(LIVES.length);
    expect(findings.list()).toEqual([]);

    const other = house([]).store;
    const stranger = { ...options, store: other, ledger: new IntentLedger() };
    await checkBooks(stranger, simulatorBooks(client.url));
    expect(findings.list()).toContainEqual(
      expect.objectContaining({
        stream: 'payment-pay_0',
        message: expect.stringContaining('charge without event'),
      }),
    );
    await gateway.close();
  });
});
