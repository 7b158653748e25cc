import {
  ConfiguredGateways,
  type Route,
  type RoutingRequest,
} from '../gateways/gateway-directory.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import type { OrchestrationSettings } from './orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { PaymentContinuation } from './payment-continuation.js';

const STREAM = `payment-${PAYMENT_ID}`;
/** No attempt fits into such a call. */
const NO_TIME = { callDeadlineMs: 5_000 };

/** Every gateway has as many calls as it may have, until they are let go. */
class Crowded extends ConfiguredGateways {
  crowded = true;

  override route(request: RoutingRequest): Route {
    const route = super.route(request);
    return this.crowded ? { ...route, gateway: null, busyForS: 3 } : route;
  }
}

function crowdedHouse(settings: Partial<OrchestrationSettings> = {}) {
  const alpha = new ScriptedGateway('alpha');
  const gateways = new Crowded([alpha]);
  const { store, ports } = house([alpha], settings);
  const roomy = { ...ports, gateways, settings: { ...ports.settings, callDeadlineMs: 20_000 } };
  return {
    alpha,
    gateways,
    store,
    runner: new PaymentCallRunner({ ...ports, gateways }),
    continuation: new PaymentContinuation(roomy, { unknownAskMaxMs: 15_000 }),
    failed: async () => (await store.readStream(STREAM)).at(-1),
    head: async () => (await store.readStream(STREAM)).at(-1)?.revision ?? -1,
  };
}

describe('while all gateways that could take a payment are busy', () => {
  it('a call is turned away at once and keeps nothing, and its key works later', async () => {
    const { runner, gateways, alpha, head } = crowdedHouse();
    const refused = await runner.execute(call(create(), 'k1'));
    expect(refused).toMatchObject({ code: 'GATEWAY_UNAVAILABLE', retryAfterS: 3 });
    const dry = await runner.execute(call(create(), 'k1', { dryRun: true }));
    expect(dry).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    expect(await head()).toBe(-1);
    gateways.crowded = false;
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([answer.status, answer.replayed]).toEqual([201, false]);
    expect(alpha.books).toHaveLength(1);
  });

  it('a call has its place from the choice on, before its intent is durable; a dry run takes none', async () => {
    const { runner, gateways, head } = crowdedHouse();
    gateways.crowded = false;
    const announced: unknown[] = [];
    gateways.announce = (name) => void announced.push([name, head()]);
    await runner.execute(call(create(), 'k1', { dryRun: true }));
    expect(announced).toEqual([]);
    await runner.execute(call(create(), 'k1'));
    const [first] = announced as [[string, Promise<number>]]; // reason: pushed just above
    expect([announced.length, first[0], await first[1]]).toEqual([1, 'alpha', -1]);
  });

  it('the processor waits with a payment that is there already', async () => {
    const { runner, gateways, alpha, continuation, head } = crowdedHouse(NO_TIME);
    gateways.crowded = false;
    await runner.execute(call(create(), 'k1'));
    const before = await head();
    gateways.crowded = true;
    const waiting = await continuation.continue(PAYMENT_ID, before);
    expect(waiting?.continuation).toMatchObject({ next: 'after' });
    expect(await head()).toBe(before);
    gateways.crowded = false;
    await continuation.continue(PAYMENT_ID, before);
    expect(alpha.books).toHaveLength(1);
  });

  it('the processor does not wait for gateways that are not there: the payment fails', async () => {
    const { runner, gateways, continuation, head, failed } = crowdedHouse(NO_TIME);
    gateways.crowded = false;
    await runner.execute(call(create(), 'k1'));
    gateways.route = (request) => {
      const route = new ConfiguredGateways([]).route(request);
      return { ...route, decision: { ...route.decision, gateways: ['alpha'], fallenOut: {} } };
    };
    await continuation.continue(PAYMENT_ID, await head());
    expect(await failed()).toMatchObject({
      type: 'PaymentFailed',
      data: { code: 'no_gateway_available' },
    });
    expect((await failed())?.data['message']).toBe('No gateway could take the payment: alpha ');
  });

  it('a decline ends the payment as declined, open to retry: nothing waits in line', async () => {
    const { runner, gateways, alpha } = crowdedHouse();
    gateways.crowded = false;
    alpha.script((sent) => {
      gateways.crowded = true;
      expect(sent.operation).toBe('purchase');
      return DECLINED;
    });
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer).toMatchObject({
      status: 201,
      payment: { status: 'FAILED', failure: { code: 'do_not_honor' } },
    });
    const retry = { command: 'retry', paymentMethod: null } as const;
    const refused = await runner.execute(call(retry, 'k2'));
    expect(refused).toMatchObject({ code: 'GATEWAY_UNAVAILABLE', retryAfterS: 3 });
    gateways.crowded = false;
    const again = paymentOf(await runner.execute(call(retry, 'k2')));
    expect([again.status, again.payment.status]).toEqual([200, 'COMPLETED']);
  });

  it('a second try at the same gateway is none: the payment fails, open to retry', async () => {
    const { runner, gateways, alpha } = crowdedHouse();
    gateways.crowded = false;
    alpha.script(() => {
      gateways.crowded = true;
      return { ...DECLINED, code: 'try_again_later' };
    });
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer).toMatchObject({
      status: 201,
      payment: { status: 'FAILED', failure: { code: 'no_gateway_available' } },
    });
  });

  it('a question that was not let out counts for none: the next pause is no longer', async () => {
    const { runner, gateways, alpha, continuation, head } = crowdedHouse();
    gateways.crowded = false;
    alpha.script({ outcome: 'unknown', message: 'reset' });
    await runner.execute(call(create(), 'k1'));
    const ask = alpha.ask.bind(alpha);
    alpha.ask = async () => ({ outcome: 'refused', reason: 'not_sent', message: 'full' });
    const pauses: number[] = [];
    for (let look = 0; look < 12; look += 1) {
      const continued = await continuation.continue(PAYMENT_ID, await head());
      if (continued?.continuation.next === 'after') pauses.push(continued.continuation.ms);
    }
    expect(pauses).toHaveLength(12);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
    alpha.ask = async () => ({ outcome: 'unknown', message: 'reset' });
    const first = await continuation.continue(PAYMENT_ID, await head());
    expect(first?.continuation).toEqual({ next: 'after', ms: 500 });
    const [sent] = alpha.sends;
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.ask = ask;
    alpha.tell(sent.key, approval(sent));
    await continuation.continue(PAYMENT_ID, await head());
    expect((await runner.execute(call(create(), 'k1'))).kind).toBe('payment');
    expect(alpha.sends).toHaveLength(1);
  });
});
