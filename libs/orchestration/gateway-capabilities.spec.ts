import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import type { GatewayCapabilities } from '../gateways/payment-gateway.js';
import { call, create, house, paymentOf } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';

const UNSUPPORTED = { kind: 'refused', code: 'UNSUPPORTED_BY_GATEWAY' };
const capture = (amount: bigint) => ({ command: 'capture', amount, final: false }) as const;
const refund = (amount: bigint | null) => ({ command: 'refund', amount, reason: null }) as const;

/** A payment of 25.00, authorized at a gateway that can do as much. */
async function authorizedAt(capabilities: Partial<GatewayCapabilities>) {
  const alpha = new ScriptedGateway('alpha', capabilities);
  const { ports, runner } = house([alpha]);
  let calls = 0;
  const ask = (request: PaymentRequest) => runner.execute(call(request, `k${(calls += 1)}`));
  await ask(create({ captureMethod: 'manual' }));
  const away = new PaymentCallRunner({ ...ports, gateways: new ConfiguredGateways([]) });
  return { ask, away, sent: () => alpha.sends.map(({ operation }) => operation) };
}

describe('what the gateway of a payment does not offer is not sent to it', () => {
  it('an increment', async () => {
    const { ask, sent } = await authorizedAt({ increment: false });
    const increment = { command: 'increment_authorization', amount: 3000n } as const;
    expect(await ask(increment)).toMatchObject(UNSUPPORTED);
    expect(sent()).toEqual(['authorize']);
    const other = await authorizedAt({ multipleCaptures: false, partialRefunds: false });
    expect(paymentOf(await other.ask(increment)).payment.amount_authorized).toBe(3000);
  });

  it('a second capture, where the first is one', async () => {
    const { ask, sent } = await authorizedAt({ multipleCaptures: false });
    expect(paymentOf(await ask(capture(1n))).payment.amount_captured).toBe(1);
    expect(await ask(capture(1n))).toMatchObject(UNSUPPORTED);
    expect(sent()).toEqual(['authorize', 'capture']);
    const other = await authorizedAt({ increment: false, partialRefunds: false });
    await other.ask(capture(1n));
    expect(paymentOf(await other.ask(capture(1n))).payment.amount_captured).toBe(2);
  });

  it('a refund of a part, where all that is left is one of the whole', async () => {
    const { ask, sent } = await authorizedAt({ partialRefunds: false });
    await ask(capture(2500n));
    expect(await ask(refund(2499n))).toMatchObject(UNSUPPORTED);
    expect(sent()).toEqual(['authorize', 'capture']);
    expect(paymentOf(await ask(refund(2500n))).payment.status).toBe('REFUNDED');
    const unnamed = await authorizedAt({ partialRefunds: false });
    await unnamed.ask(capture(2500n));
    expect(paymentOf(await unnamed.ask(refund(null))).payment.status).toBe('REFUNDED');
    const other = await authorizedAt({ increment: false, multipleCaptures: false });
    await other.ask(capture(2500n));
    expect(paymentOf(await other.ask(refund(1n))).payment.amount_refunded).toBe(1);
  });

  it('what no gateway was chosen for yet is refused as it would be anywhere', async () => {
    const alpha = new ScriptedGateway('alpha', { increment: false, partialRefunds: false });
    const { runner } = house([alpha]);
    await runner.execute(call(create({ amount: 500_001n }), 'k1'));
    const answer = await runner.execute(call(refund(1n), 'k2'));
    expect(answer).toMatchObject({ code: 'ILLEGAL_TRANSITION' });
  });

  it('what a gateway offers is not known while it is not configured: it may come back', async () => {
    const { away } = await authorizedAt({ increment: false });
    const increment = { command: 'increment_authorization', amount: 3000n } as const;
    const answer = await away.execute(call(increment, 'away'));
    expect(answer).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
  });
});
