import type { EventStore } from '../event-store/event-store.js';
import { ConfiguredGateways, type Admission } from '../gateways/gateway-directory.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

/** Takes calls until it is told not to. */
class Doors extends ConfiguredGateways {
  readonly closed = new Set<string>();

  override admits(name: string): Admission {
    if (!this.closed.has(name)) return super.admits(name);
    return { admitted: false, reason: 'has an open breaker', retryAfterS: 7 };
  }
}

function houseWith(alpha: ScriptedGateway) {
  const gateways = new Doors([alpha]);
  const base = house([alpha]);
  const ports = { ...base.ports, gateways };
  const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 15_000 });
  return { store: base.store, gateways, runner: new PaymentCallRunner(ports), continuation };
}

async function typesOf(store: EventStore): Promise<readonly string[]> {
  return (await store.readStream(`payment-${PAYMENT_ID}`)).map(({ type }) => type);
}

describe('a gateway that takes no calls', () => {
  it('gets no intent of our own: the automatic capture waits for it, with longer pauses', async () => {
    const alpha = new ScriptedGateway('alpha', { purchase: false });
    const { store, gateways, runner, continuation } = houseWith(alpha);
    // The breaker opens on the way between the authorization and its capture.
    alpha.script((sent) => {
      gateways.closed.add('alpha');
      const { amount, currency } = sent;
      return {
        outcome: 'approved',
        reference: 'ref-1',
        amount,
        currency,
        expiresAt: null,
        settled: false,
        authorizationGone: false,
      };
    });
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.payment.status).toBe('AUTHORIZED');
    const waiting = ['PaymentInitiated', 'AuthorizationRequested', 'AuthorizationApproved'];
    expect(await typesOf(store)).toEqual(waiting);

    const pauses: unknown[] = [];
    for (let looks = 0; looks < 3; looks += 1) {
      pauses.push((await continuation.continue(PAYMENT_ID, null))?.continuation);
    }
    expect(pauses).toEqual([500, 1000, 2000].map((ms) => ({ next: 'after', ms })));
    expect(await typesOf(store)).toEqual(waiting);

    gateways.closed.clear();
    await continuation.continue(PAYMENT_ID, null);
    expect(await typesOf(store)).toEqual([...waiting, 'CaptureRequested', 'CaptureApproved']);
  });

  it('holds up a void of our own that a time-out asks for', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'requires_action',
      reference: 'ref-1',
      redirectUrl: 'http://127.0.0.1/act',
    });
    const base = house([alpha], { actionTimeoutS: 0 });
    const gateways = new Doors([alpha]);
    const ports = { ...base.ports, gateways };
    await new PaymentCallRunner(ports).execute(call(create(), 'k1'));
    const before = await typesOf(base.store);
    expect(before.at(-1)).toBe('ActionRequired');
    gateways.closed.add('alpha');
    const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 15_000 });
    const { continuation: next } = (await continuation.continue(PAYMENT_ID, null)) ?? {};
    expect(next).toEqual({ next: 'after', ms: 500 });
    expect(await typesOf(base.store)).toEqual(before);
    gateways.closed.clear();
    await continuation.continue(PAYMENT_ID, null);
    expect((await typesOf(base.store))[before.length]).toBe('VoidRequested');
  });

  it('holds up the void of an authorization whose window is over', async () => {
    const alpha = new ScriptedGateway('alpha');
    const base = house([alpha], { authorizationWindowS: 0 });
    const gateways = new Doors([alpha]);
    const ports = { ...base.ports, gateways };
    await new PaymentCallRunner(ports).execute(call(create({ captureMethod: 'manual' }), 'k1'));
    const before = await typesOf(base.store);
    gateways.closed.add('alpha');
    const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 15_000 });
    const { continuation: next } = (await continuation.continue(PAYMENT_ID, null)) ?? {};
    expect(next).toMatchObject({ next: 'after' });
    expect(await typesOf(base.store)).toEqual(before);
    gateways.closed.clear();
    await continuation.continue(PAYMENT_ID, null);
    expect(await typesOf(base.store)).toEqual([...before, 'VoidRequested', 'VoidApproved']);
  });

  it('is told to a command of a client before anything is appended', async () => {
    const { store, gateways, runner } = houseWith(new ScriptedGateway('alpha'));
    await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
    const before = await typesOf(store);
    gateways.closed.add('alpha');
    const capture = call({ command: 'capture', amount: null, final: false }, 'k2');
    expect(await runner.execute(capture)).toMatchObject({
      kind: 'refused',
      code: 'GATEWAY_UNAVAILABLE',
      retryAfterS: 7,
    });
    expect(await typesOf(store)).toEqual(before);
  });
});

describe('no eligible gateway', () => {
  it('fails the payment with why each fell out, open to a retry', async () => {
    const alpha = new ScriptedGateway('alpha');
    class NotNow extends Doors {
      override route(request: Parameters<Doors['route']>[0]) {
        return super.route({ ...request, tried: this.closed.size > 0 ? ['alpha'] : request.tried });
      }
    }
    const gateways = new NotNow([alpha]);
    gateways.closed.add('alpha');
    const { ports } = house([alpha]);
    const runner = new PaymentCallRunner({ ...ports, gateways });
    const failed = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(failed.payment.failure).toEqual({
      code: 'no_gateway_available',
      message: 'No gateway could take the payment: alpha tried already',
    });
    expect(alpha.sends).toEqual([]);
    gateways.closed.clear();
    const retry = call({ command: 'retry', paymentMethod: null }, 'k2');
    expect(paymentOf(await runner.execute(retry)).payment.status).toBe('COMPLETED');
  });
});
