import { StoreUnavailable, WrongRevision } from '../event-store/event-store.js';
import type { GatewayFact } from '../gateways/payment-gateway.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact } from './fact-recorder.js';

const capture = (amount: bigint) => ({ command: 'capture', amount, final: false }) as const;

/** An authorized payment of which 10.00 are captured. */
async function capturedHouse() {
  const alpha = new ScriptedGateway('alpha');
  const { ports, runner, store } = house([alpha]);
  await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
  await runner.execute(call(capture(1000n), 'k2'));
  const captured = alpha.sends.at(-1);
  if (captured === undefined) throw new Error('nothing was sent');
  const tell = (over: Partial<GatewayFact> = {}) =>
    recordFact(ports, 'alpha', {
      id: 'fact_1',
      paymentId: PAYMENT_ID,
      key: captured.key,
      at: ports.clock.now(),
      amount: 1000n,
      currency: 'EUR',
      kind: { type: 'dispute_opened', disputeId: 'dis_1' },
      ...over,
    });
  const last = async () => (await store.readStream(paymentStream(PAYMENT_ID))).at(-1);
  return { alpha, runner, store, tell, last };
}

describe('a fact', () => {
  it('is recorded once, on what others wrote meanwhile', async () => {
    const { store, tell } = await capturedHouse();
    const append = store.append.bind(store);
    store.append = async () => {
      store.append = append;
      throw new WrongRevision(paymentStream(PAYMENT_ID), 4, 5);
    };
    expect([await tell(), await tell()]).toEqual(['recorded', 'known']);
  });

  it('is not tried again here while the store is away', async () => {
    const { store, tell } = await capturedHouse();
    let reads = 0;
    store.readStream = async () => {
      reads += 1;
      throw new StoreUnavailable('away');
    };
    await expect(tell()).rejects.toThrow(StoreUnavailable);
    expect(reads).toBe(1);
  });

  it('of no payment, or of none of its operations, is told so', async () => {
    const { tell, last } = await capturedHouse();
    expect(await tell({ paymentId: 'pay_nobody' })).toBe('no_such_payment');
    const declined = { type: 'operation_declined', code: 'do_not_honor', message: 'no' } as const;
    expect(await tell({ key: 'nobody', id: 'fact_2', kind: declined })).toBe('recorded');
    expect(await tell({ key: 'nobody' })).toBe('recorded');
    expect((await last())?.type).toBe('FactUnmatched');
  });

  it('of another operation does not answer the call that is under way', async () => {
    const { alpha, runner, tell, last } = await capturedHouse();
    alpha.script(async (sent) => {
      expect(await tell()).toBe('recorded');
      expect((await last())?.metadata.answers).toBeUndefined();
      return approval(sent);
    });
    const answer = paymentOf(await runner.execute(call(capture(500n), 'k3')));
    expect([answer.status, answer.payment.amount_captured]).toEqual([200, 1500]);
    expect((await last())?.metadata.answers).toEqual(['hash-of-k3']);
  });
});
