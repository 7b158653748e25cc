import { OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.js';
import { ConfiguredGateways, type RoutingRequest } from '../gateways/gateway-directory.js';
import { amountLimitAssessor } from '../risk/amount-limits.js';
import { RiskAssessor } from '../risk/risk-assessor.js';
import { CountingStore } from '../testing/counting-store.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, ScriptedGateway } from '../testing/scripted-gateway.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import { UnreadCreates } from './unread-creates.js';

/** Two processes on one store: the second one remembers nothing of what the first one was asked. */
function twoProcesses(over: Partial<OrchestrationPorts> = {}) {
  const alpha = new ScriptedGateway('alpha');
  const store = new CountingStore();
  const { ports, runner } = house([alpha], {}, { store });
  return { alpha, store, here: runner, there: new PaymentCallRunner({ ...ports, ...over }) };
}

class Busy extends ConfiguredGateways {
  override route(request: RoutingRequest) {
    return { ...super.route(request), gateway: null, busyForS: 3 };
  }
}

/** Asks somebody, who keeps count. */
class ExternalAssessor extends RiskAssessor {
  asked = 0;

  override async assess() {
    this.asked += 1;
    return { verdict: 'approve', score: 0, reasons: [] } as const;
  }
}

describe('a create whose stream was not read', () => {
  it('appends twice and reads nothing', async () => {
    const { store, here } = twoProcesses();
    expect(paymentOf(await here.execute(call(create(), 'k1'))).status).toBe(201);
    expect([store.reads, store.appended]).toEqual([0, 2]);
  });

  it('is refused at once by a store that is away', async () => {
    const { store, alpha, here } = twoProcesses();
    store.faults.push(new StoreUnavailable('away'));
    expect(await here.execute(call(create(), 'k1'))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect([store.appended, alpha.sends.length]).toEqual([1, 0]);
    expect(paymentOf(await here.execute(call(create(), 'k1'))).status).toBe(201);
  });

  it('is appended again while it may be stored, also by a store that is away meanwhile', async () => {
    const { store, alpha, here } = twoProcesses();
    store.faults.push(new OutcomeUnknown('cut'), new StoreUnavailable('away'));
    expect(paymentOf(await here.execute(call(create(), 'k1'))).status).toBe(201);
    expect([store.appended, alpha.sends.length]).toEqual([4, 1]);
  });

  it('is read first where this process saw it lately', async () => {
    const { store, here } = twoProcesses();
    await here.execute(call(create(), 'k1'));
    const again = paymentOf(await here.execute(call(create(), 'k1')));
    expect([again.replayed, store.reads, store.appended]).toEqual([true, 1, 2]);
  });

  it('gets the first answer as a repeat at another process, and charges once', async () => {
    const { alpha, here, there } = twoProcesses();
    const first = paymentOf(await here.execute(call(create(), 'k1')));
    const again = paymentOf(await there.execute(call(create(), 'k1')));
    expect(JSON.stringify(again.payment)).toBe(JSON.stringify(first.payment));
    expect([again.status, again.position, again.replayed]).toEqual([201, first.position, true]);
    expect(alpha.sends).toHaveLength(1);
  });

  it('is refused at another process with another body, or with another key of that id', async () => {
    const { here, there } = twoProcesses();
    await here.execute(call(create(), 'k1'));
    const reused = { kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' };
    expect(await there.execute(call(create({ amount: 2600n }), 'k1'))).toMatchObject(reused);
    expect(await here.execute(call(create(), 'k2'))).toMatchObject(reused);
    const anew = twoProcesses();
    await anew.here.execute(call(create(), 'k1'));
    expect(await anew.there.execute(call(create(), 'k2'))).toMatchObject(reused);
  });

  it('of another tenant is not there for it', async () => {
    const { here, there } = twoProcesses();
    await here.execute(call(create(), 'k1'));
    const foreign = await there.execute(call(create(), 'k1', { tenant: 'mer_two' }));
    expect(foreign).toMatchObject({ code: 'PAYMENT_NOT_FOUND' });
  });

  it('is in flight at another process while the first runs', async () => {
    const { alpha, here, there } = twoProcesses();
    let meanwhile: unknown;
    alpha.script(async (sent) => {
      meanwhile = await there.execute(call(create(), 'k1'));
      return approval(sent);
    });
    await here.execute(call(create(), 'k1'));
    expect(meanwhile).toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_FLIGHT' });
    expect(alpha.sends).toHaveLength(1);
  });

  it('is replayed although all gateways are busy now, or it would be refused now', async () => {
    const gateways = new Busy([new ScriptedGateway('alpha')]);
    const risk = amountLimitAssessor({ reviewAbove: null, rejectAbove: 1n });
    for (const over of [{ gateways }, { risk }]) {
      const { here, there } = twoProcesses(over);
      const first = paymentOf(await here.execute(call(create(), 'k1')));
      const again = paymentOf(await there.execute(call(create(), 'k1')));
      expect(again.payment).toEqual(first.payment);
      expect(again.replayed).toBe(true);
    }
  });

  it('is read first where others would be asked about it: nobody is asked of a repeat', async () => {
    const risk = new ExternalAssessor();
    const { store, here, there } = twoProcesses({ risk });
    await here.execute(call(create(), 'k1'));
    expect(paymentOf(await there.execute(call(create(), 'k1'))).replayed).toBe(true);
    expect([risk.asked, store.reads]).toEqual([0, 1]);
    const hooked = { before: 'authorize', name: 'never', whenAway: 'go_on' } as const;
    const hook = { ...hooked, run: () => Promise.reject(new Error('a repeat was told')) };
    const other = house([new ScriptedGateway('alpha')], {}, { store, hooks: [hook] });
    expect(paymentOf(await other.runner.execute(call(create(), 'k1'))).replayed).toBe(true);
    expect([store.reads, store.appended]).toEqual([2, 2]);
  });

  it('is read first where it has to be as it was known', async () => {
    const { store, here } = twoProcesses();
    const refused = await here.execute(call(create(), 'k1', { expectedRevision: 0 }));
    expect(refused).toMatchObject({ code: 'REVISION_MISMATCH' });
    expect(await store.readStream(`payment-${PAYMENT_ID}`)).toEqual([]);
  });
});

describe('the creates that a process remembers', () => {
  const unread = () => new UnreadCreates(house([]).ports);
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => call(create(), null, { paymentId: `pay_${from + n}` }));
  const first = call(create(), 'k1');

  it('are forgotten after 40,000 others', () => {
    for (const others of [39_999, 40_000]) {
      const creates = unread();
      expect(creates.admits(first)).toBe(true);
      const admitted = many(0, others).map((other) => creates.admits(other));
      expect(admitted).not.toContain(false);
      expect(creates.admits(first)).toBe(others === 40_000);
    }
  });

  it('are none of what is no create, or nothing but a question', () => {
    const creates = unread();
    expect(creates.admits(call(create(), 'k1', { dryRun: true }))).toBe(false);
    expect(creates.admits(call(create(), 'k1', { expectedRevision: 0 }))).toBe(false);
    expect(creates.admits(call({ command: 'confirm' }, 'k1'))).toBe(false);
    expect(creates.admits(first)).toBe(true);
  });
});
