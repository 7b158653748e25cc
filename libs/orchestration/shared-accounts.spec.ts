import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import type { GatewayFact } from '../gateways/payment-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';

/** A purchase by alpha, and what feeds tell of it once these gateways are configured. */
async function charged(configured: readonly string[]) {
  const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
  const { ports, runner, store } = house([alpha]);
  const gateways = new ConfiguredGateways(configured.map((name) => new ScriptedGateway(name)));
  const alarms: string[] = [];
  const alarm = ({ kind }: { readonly kind: string }) => alarms.push(kind);
  const after = { ...ports, gateways, alarm };
  await runner.execute(call(create(), 'k1'));
  const fact: GatewayFact = {
    id: 'evt_1',
    paymentId: PAYMENT_ID,
    key: alpha.sends[0]?.key ?? '',
    at: ports.clock.now(),
    amount: 2500n,
    currency: 'EUR',
    kind: { type: 'settled' },
  };
  const tell = (gateway: string) => recordFact(after, gateway, fact);
  const last = async () => (await store.readStream(paymentStream(PAYMENT_ID))).at(-1)?.type;
  return { tell, last, alarms };
}

describe('two gateways on one account, whose feeds tell the same', () => {
  it('leave a fact to the one that the operation was sent to', async () => {
    const { tell, last, alarms } = await charged(['alpha', 'bravo']);
    expect([await tell('bravo'), await last()]).toEqual(['known', 'PurchaseApproved']);
    expect([await tell('alpha'), await last()]).toEqual(['recorded', 'CaptureSettled']);
    expect(alarms).toEqual([]);
  });

  it('tell operators of one that no configured gateway would bring', async () => {
    const { tell, last, alarms } = await charged(['renamed']);
    expect([await tell('renamed'), await last()]).toEqual(['recorded', 'FactUnmatched']);
    expect(alarms).toEqual(['fact_unmatched']);
  });
});
