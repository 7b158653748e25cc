import type { GatewayFact } from '../gateways/payment-gateway.js';
import { GatewayUnreachable, type GatewayWord } from '../gateways/payment-gateway.js';
import { foldPayment } from '../payments/payment.fold.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import { recordFact, recordFactAtLast } from './fact-recorder.js';

const HOUR_MS = 3_600_000;

/** A purchase of 25.00 whose answer was lost, and a dispute about it. */
async function disputed(word: (asked: Parameters<typeof approval>[0]) => GatewayWord) {
  const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
  const { ports, runner, store } = house([alpha]);
  await runner.execute(call(create(), 'k1'));
  const [sent] = alpha.sends;
  if (sent === undefined) throw new Error('nothing was sent');
  alpha.tell(sent.key, word(sent));
  const fact = (atMs = Date.now()): GatewayFact => ({
    id: 'fact-1',
    paymentId: PAYMENT_ID,
    key: sent.key,
    at: new Date(atMs).toISOString(),
    amount: 500n,
    currency: 'EUR',
    kind: { type: 'dispute_opened', disputeId: 'dis_1' },
  });
  const events = () => store.readStream(paymentStream(PAYMENT_ID));
  const types = async () => (await events()).map(({ type }) => type);
  return { ports, fact, types, payment: async () => foldPayment(await events()) };
}

describe('a dispute of an operation whose outcome is not known', () => {
  it('is recorded with what the gateway approved, which the dispute does not tell', async () => {
    const { ports, fact, types, payment } = await disputed((sent) =>
      approval(sent, { amount: 1200n }),
    );
    await recordFact(ports, 'alpha', fact());
    expect((await types()).slice(-3)).toEqual([
      'PurchaseApproved',
      'PaymentFailed',
      'DisputeOpened',
    ]);
    const [purchase] = (await payment())?.operations ?? [];
    expect(purchase).toMatchObject({ outcome: 'approved', amount: 1200n, undo: 'due' });
  });

  it('is recorded with what is settled already, so that a dispute that is won leaves it so', async () => {
    const { ports, fact, payment } = await disputed((sent) => approval(sent, { settled: true }));
    await recordFact(ports, 'alpha', fact());
    const won = { id: 'fact-2', kind: { type: 'dispute_won', disputeId: 'dis_1' } } as const;
    await recordFact(ports, 'alpha', { ...fact(), ...won });
    expect(await payment()).toMatchObject({ status: 'COMPLETED', amountChargedBack: 0n });
  });

  it('waits while the gateway can not be asked, and stays in its feed', async () => {
    const { ports, fact, types } = await disputed(() => ({ outcome: 'unknown', message: 'away' }));
    await expect(recordFact(ports, 'alpha', fact())).rejects.toBeInstanceOf(GatewayUnreachable);
    expect((await types()).at(-1)).toBe('OutcomeUnknown');
  });

  it('waits also where it is read late: nobody asked about it before', async () => {
    const { ports, fact, types } = await disputed(() => ({ outcome: 'unknown', message: 'away' }));
    const old = fact(Date.now() - 2 * HOUR_MS);
    await expect(recordFact(ports, 'alpha', old)).rejects.toBeInstanceOf(GatewayUnreachable);
    expect((await types()).at(-1)).toBe('OutcomeUnknown');
  });

  it('counts for the whole amount where it was waited for in vain', async () => {
    const { ports, fact, payment } = await disputed(() => ({ outcome: 'unknown', message: '?' }));
    await recordFactAtLast(ports, 'alpha', fact());
    expect(await payment()).toMatchObject({ status: 'DISPUTED', amountCaptured: 2500n });
  });

  it('counts for the whole amount where the gateway does not know the call', async () => {
    const { ports, fact, payment } = await disputed(() => ({ outcome: 'not_found' }));
    await recordFact(ports, 'alpha', fact());
    expect(await payment()).toMatchObject({ status: 'DISPUTED', amountCaptured: 2500n });
  });
});
