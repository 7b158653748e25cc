import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import type { GatewayAnswer } from '../gateways/payment-gateway.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentContinuation } from './payment-continuation.js';

const NOT_SENT = { outcome: 'refused', reason: 'not_sent', message: 'connection refused' } as const;
const REJECTED = { outcome: 'refused', reason: 'rejected', message: 'bad request' } as const;
const BUSY = { outcome: 'refused', reason: 'rate_limited', message: 'busy' } as const;
const LOST = { outcome: 'unknown', message: 'reset' } as const;
const LOOKS = 25;
const capture = { command: 'capture', amount: null, final: false } as const;

describe('a send that surely had no effect', () => {
  it('of an attempt is not repeated: another gateway is tried at once', async () => {
    const alpha = new ScriptedGateway('alpha').script(NOT_SENT);
    const bravo = new ScriptedGateway('bravo');
    const { runner } = house([alpha, bravo]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.payment).toMatchObject({ status: 'COMPLETED', gateway: 'bravo' });
    expect(alpha.sends).toHaveLength(1);
  });

  it('of a capture is repeated under its key where nothing was sent, and is a decline where it was', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    alpha.script(REJECTED);
    const declined = await runner.execute(call(capture, 'k2'));
    expect(declined).toMatchObject({ code: 'CAPTURE_DECLINED' });
    expect(alpha.sends).toHaveLength(2);
    alpha.script(NOT_SENT);
    const answer = paymentOf(await runner.execute(call(capture, 'k3')));
    expect(answer.payment.status).toBe('COMPLETED');
    expect(alpha.sends.map(({ key }) => key)[2]).toBe(alpha.sends.at(-1)?.key);
    expect(alpha.sends).toHaveLength(4);
  });
});

describe('an intent whose gateway does not know it', () => {
  /** How often it was sent: by its call, whose outcome is unknown, and by a processor that looks again and again. */
  async function sendsOf(answer: GatewayAnswer): Promise<number> {
    const alpha = new ScriptedGateway('alpha').script(LOST);
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    alpha.script(...Array.from({ length: LOOKS }, () => answer));
    const processor = new PaymentContinuation(ports, { unknownAskMaxMs: 500 });
    for (let look = 0; look < LOOKS; look += 1) await processor.continue(PAYMENT_ID, null);
    expect(new Set(alpha.sends.map(({ key }) => key)).size).toBe(1);
    return alpha.sends.length;
  }

  it('is sent again under its key, but no more after it was refused twenty times', async () => {
    expect(await sendsOf(LOST)).toBe(1 + LOOKS);
    expect(await sendsOf(BUSY)).toBe(1 + LOOKS);
    expect(await sendsOf(REJECTED)).toBe(1 + 20);
  });

  it('waits where that gateway is configured no more', async () => {
    const alpha = new ScriptedGateway('alpha').script(LOST);
    const { ports, runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    const without = { ...ports, gateways: new ConfiguredGateways([]) };
    const processor = new PaymentContinuation(without, { unknownAskMaxMs: 500 });
    const continued = await processor.continue(PAYMENT_ID, null);
    expect(continued?.continuation).toMatchObject({ next: 'after' });
  });
});

describe('an operator who closes what was sent', () => {
  const OPERATOR = { tenant: null, actor: 'operator:key_1' };
  const closing = (intent: number, outcome: 'declined' | 'undone') =>
    call(
      {
        command: 'resolve',
        reason: 'by hand',
        operation: { intent, outcome, amount: null, gatewayReference: null },
      },
      'k3',
      OPERATOR,
    );

  it.each<[string, GatewayAnswer, object]>([
    ['of which its gateway knows nothing', LOST, { kind: 'payment' }],
    [
      'that its gateway may still pay',
      { outcome: 'pending', reference: 'r1' },
      { code: 'RESOLUTION_NOT_POSSIBLE' },
    ],
  ])('may close a refund as its gateway has it: one %s', async (_, answer, expected) => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    alpha.script(answer);
    await runner.execute(call({ command: 'refund', amount: 500n, reason: null }, 'k2'));
    expect(await runner.execute(closing(2, 'declined'))).toMatchObject(expected);
  });

  it('may close a capture that is pending', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    alpha.script({ outcome: 'pending', reference: 'r1' });
    await runner.execute(call(capture, 'k2'));
    const closed = paymentOf(await runner.execute(closing(2, 'declined')));
    expect(closed.payment).toMatchObject({ status: 'AUTHORIZED', open_operation: null });
  });

  it('alone says what was given back by hand', async () => {
    const alpha = new ScriptedGateway('alpha').script((sent) => ({
      outcome: 'approved',
      reference: 'r1',
      amount: sent.amount - 1n,
      currency: sent.currency,
      expiresAt: null,
      settled: false,
      authorizationGone: false,
    }));
    const { runner } = house([alpha]);
    await runner.execute(call(create(), 'k1'));
    let asked = 0;
    alpha.ask = async () => {
      asked += 1;
      return LOST;
    };
    expect(await runner.execute(closing(1, 'undone'))).toMatchObject({ kind: 'payment' });
    expect(asked).toBe(0);
  });
});
