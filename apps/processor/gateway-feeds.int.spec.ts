import { jest } from '@jest/globals';
import { GatewayUnreachable, type GatewayFact } from '../../libs/gateways/payment-gateway.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { eventually } from '../../libs/testing/eventually.js';
import { call, create, house, PAYMENT_ID } from '../../libs/testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { storedPayment, TestProcessors, untilStatus } from '../../libs/testing/test-processors.js';

jest.setTimeout(60_000);

describe('the processor, told by feeds of gateways', () => {
  let processors: TestProcessors;

  beforeAll(async () => {
    processors = await TestProcessors.open();
  });

  afterEach(() => processors.clear());
  afterAll(() => processors?.close());

  it('records the facts of a feed once, also when two processors read it', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    alpha.feed.push(fact('f1', key, { type: 'settled' }));
    alpha.feed.push(fact('f2', key, { type: 'dispute_opened', disputeId: 'dp_1' }));
    alpha.feed.push(fact('f3', key, { type: 'dispute_won', disputeId: 'dp_1' }));
    await Promise.all([processors.start(ports), processors.start(ports)]);
    await eventually(async () =>
      expect(
        (await ports.store.readStream(paymentStream(PAYMENT_ID))).map(({ type }) => type),
      ).toEqual([
        'PaymentInitiated',
        'PurchaseRequested',
        'PurchaseApproved',
        'CaptureSettled',
        'DisputeOpened',
        'DisputeWon',
      ]),
    );
    expect((await storedPayment(ports)).status).toBe('COMPLETED');
  });

  it('a feed that is away holds up no other, and is read once it is back', async () => {
    const alpha = new ScriptedGateway('alpha').script(DECLINED);
    const bravo = new ScriptedGateway('bravo').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha, bravo]);
    const facts = alpha.facts.bind(alpha);
    let asked = 0;
    alpha.facts = async () => {
      asked += 1;
      throw new GatewayUnreachable('away');
    };
    await runner.execute(call(create(), 'k1'));
    const { key } = bravo.sends[0] ?? { key: '' };
    bravo.feed.push(fact('f1', key, { type: 'settled' }));
    await processors.start(ports);
    await eventually(() => expect(asked).toBeGreaterThan(0));
    await untilStatus(ports, 'COMPLETED');
    let read = false;
    alpha.facts = async (cursor) => {
      read = true;
      return await facts(cursor);
    };
    await eventually(() => expect(read).toBe(true));
  });

  it('reads on behind a page of a feed that holds nothing of ours', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { settled: false }));
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    const settled = fact('f1', key, { type: 'settled' });
    alpha.facts = async (cursor) => {
      if (cursor === null) return await Promise.resolve({ facts: [], cursor: 'others' });
      return { facts: cursor === 'others' ? [settled] : [], cursor: 'end' };
    };
    await processors.start(ports);
    await untilStatus(ports, 'COMPLETED');
  });

  it('goes to another gateway when the feed tells that the action was declined', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'requires_action',
      reference: 'r1',
      redirectUrl: 'http://127.0.0.1/act',
    });
    const bravo = new ScriptedGateway('bravo');
    const { ports, runner } = house([alpha, bravo]);
    await runner.execute(call(create(), 'k1'));
    const { key } = alpha.sends[0] ?? { key: '' };
    alpha.feed.push(
      fact('f1', key, { type: 'operation_declined', code: 'do_not_honor', message: 'no' }),
    );
    await processors.start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(bravo.books).toHaveLength(1);
  });

  it('leaves a call to its runner when a fact of an older operation comes meanwhile', async () => {
    const alpha = new ScriptedGateway('alpha').script(
      (sent) => approval(sent),
      { outcome: 'pending', reference: 'r2' },
      () => new Promise(() => undefined),
    );
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call(refund(100n), 'k2'));
    void runner.execute(call(refund(200n), 'k3'));
    await eventually(() => expect(alpha.sends).toHaveLength(3));
    const { key } = alpha.sends[1] ?? { key: '' };
    alpha.feed.push({ ...fact('f1', key, { type: 'refund_succeeded' }), amount: 100n });
    await processors.start(ports);
    await eventually(async () => {
      const stored = await ports.store.readStream(paymentStream(PAYMENT_ID));
      expect(stored.at(-1)?.type).toBe('RefundSucceeded');
      const { rows } = await processors.database.query(`select kind, revision from due_payments`);
      expect(rows).toEqual([{ kind: 'running', revision: stored.at(-1)?.revision }]);
    });
  });

  it('takes over what its process left also where a fact came behind its intent', async () => {
    const alpha = new ScriptedGateway('alpha').script(
      (sent) => approval(sent),
      (sent) => approval(sent, { settled: false }),
      () => new Promise(() => undefined),
    );
    const { ports, runner } = house([alpha], { gatewayTimeoutMs: 100 });
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    await runner.execute(call(capture(1000n), 'k2'));
    void runner.execute(call(capture(1500n), 'k3'));
    await eventually(() => expect(alpha.sends).toHaveLength(3));
    const { key } = alpha.sends[1] ?? { key: '' };
    alpha.feed.push({ ...fact('f1', key, { type: 'settled' }), amount: 1000n });
    await processors.start(ports);
    await untilStatus(ports, 'COMPLETED');
    expect(alpha.books).toHaveLength(3);
  });
});

function capture(amount: bigint) {
  return { command: 'capture', amount, final: false } as const;
}

function refund(amount: bigint) {
  return { command: 'refund', amount, reason: null } as const;
}

function fact(id: string, key: string, kind: GatewayFact['kind']): GatewayFact {
  const at = new Date().toISOString();
  return { id, paymentId: PAYMENT_ID, key, at, amount: 2500n, currency: 'EUR', kind };
}
