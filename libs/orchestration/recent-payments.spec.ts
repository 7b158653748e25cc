import { CountingStore } from '../testing/counting-store.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import type { PaymentHook } from './hooks/payment-hook.js';
import { PaymentHooks } from './hooks/payment-hooks.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentCallRunner } from './payment-call-runner.js';
import type { PaymentRequest } from './payment-calls.js';
import { PaymentWork } from './payment-work.js';
import { RecentPayments } from './recent-payments.js';

const MANUAL = create({ captureMethod: 'manual' });
const CAPTURE: PaymentRequest = { command: 'capture', amount: null, final: false };

async function authorizedHere() {
  const alpha = new ScriptedGateway('alpha');
  const store = new CountingStore();
  const { ports, runner } = house([alpha], {}, { store });
  await runner.execute(call(MANUAL, 'k0'));
  return { alpha, store, ports, runner };
}

describe('what is kept of a payment', () => {
  const ids = ['pay_1', 'pay_2', 'pay_3', 'pay_4'];

  it('is what its stream tells', async () => {
    const { ports } = await authorizedHere();
    const work = await workOf(ports);
    const by = { at: work.now(), actor: 'merchant:one' };
    const stopped = { type: 'MoneyRuleBroken', data: { rule: 'over_captured', excess: '5' } };
    // reason: any event does
    work.add([stopped as never], { ...by, opening: { keyHash: 'k1', requestHash: 'r' } });
    expect(work.known).toBeNull();
    await work.commit(['k1'], Number.POSITIVE_INFINITY);
    expect(work.known).toEqual((await workOf(ports)).known);
    expect(work.known?.calls).toEqual(['hash-of-k0', 'k1']);
  });

  it('is bounded by its bytes: what was left longest ago is read again', async () => {
    const { ports } = await authorizedHere();
    const works = new Map<string, PaymentWork>();
    for (const paymentId of ids) {
      await new PaymentCallRunner(ports).execute(call(MANUAL, `k-${paymentId}`, { paymentId }));
      works.set(paymentId, await workOf(ports, paymentId));
    }
    const kept = (bytesMax: number, left: readonly string[]) => {
      const recent = new RecentPayments(ports, bytesMax);
      for (const id of left) leave(recent, works.get(id));
      return ids.filter((paymentId) => recent.workOn(call(CAPTURE, 'k', { paymentId })) !== null);
    };
    expect(kept(100_000, ids)).toEqual(ids);
    expect(kept(9_000, ids)).toEqual(['pay_3', 'pay_4']);
    expect(kept(9_000, ['pay_1', 'pay_2', 'pay_1', 'pay_3'])).toEqual(['pay_1', 'pay_3']);
    expect(kept(100, ids)).toEqual([]);
  });

  it.each([
    ['metadata', { metadata: Object.fromEntries([['x'.repeat(1_000), 'y'.repeat(1_500)]]) }],
    ['a description', { description: 'd'.repeat(2_500) }],
  ])('counts %s with two bytes a character', async (_, over) => {
    const { ports, runner } = await authorizedHere();
    const [plain, long] = [{ paymentId: 'pay_plain' }, { paymentId: 'pay_long' }];
    await runner.execute(call(MANUAL, 'k1', plain));
    await runner.execute(call(create({ captureMethod: 'manual', ...over }), 'k2', long));
    const recent = new RecentPayments(ports, 10_000);
    for (const { paymentId } of [plain, long]) leave(recent, await workOf(ports, paymentId));
    expect(recent.workOn(call(CAPTURE, 'k', plain))).toBeNull();
    expect(recent.workOn(call(CAPTURE, 'k', long))).not.toBeNull();
  });

  it.each([
    ['capture', CAPTURE],
    ['refund', { command: 'refund', amount: 1n, reason: null }],
  ] as const)('is not taken for a %s of which a hook would be asked', async (before, request) => {
    const { ports } = await authorizedHere();
    const hook: PaymentHook = {
      name: 'asked',
      before,
      whenAway: 'veto',
      run: async () => 'go_on' as const,
    };
    const hooks = new PaymentHooks([hook], { timeoutMs: 1, logger: { warn: () => undefined } });
    const recent = new RecentPayments({ ...ports, hooks });
    leave(recent, await workOf(ports));
    expect(recent.workOn(call(request, 'k1'))).toBeNull();
    expect(recent.workOn(call({ command: 'cancel', reason: null }, 'k1'))).not.toBeNull();
  });

  it('is taken by one call at a time, and not by those that ask somebody first', async () => {
    const { ports } = await authorizedHere();
    const recent = new RecentPayments(ports);
    leave(recent, await workOf(ports));
    const asking: PaymentRequest[] = [
      { command: 'confirm' },
      { command: 'retry', paymentMethod: null },
      { command: 'resolve', reason: 'seen', operation: null },
      { command: 'approve', reason: null },
    ];
    for (const request of asking) expect(recent.workOn(call(request, 'k1'))).toBeNull();
    const dry = call(CAPTURE, 'k1', { dryRun: true });
    expect(recent.workOn(dry)).toBeNull();
    expect(recent.workOn(call(CAPTURE, 'k1'))).not.toBeNull();
    expect(recent.workOn(call(CAPTURE, 'k2'))).toBeNull();
  });

  it('is nothing while its last word is open, or where nothing can follow', async () => {
    const { alpha, ports, runner } = await authorizedHere();
    const recent = new RecentPayments(ports);
    const isKept = async () => {
      leave(recent, await workOf(ports));
      return recent.workOn(call(CAPTURE, 'k')) !== null;
    };
    expect(await isKept()).toBe(true);
    alpha.script({ outcome: 'unknown', message: 'reset' });
    expect(paymentOf(await runner.execute(call(CAPTURE, 'k1'))).status).toBe(202);
    expect(await isKept()).toBe(false);
    const refund: PaymentRequest = { command: 'refund', amount: null, reason: null };
    const over = { paymentId: 'pay_done' };
    for (const request of [MANUAL, CAPTURE, refund]) {
      await runner.execute(call(request, request.command, over));
    }
    leave(recent, await workOf(ports, over.paymentId));
    expect(recent.workOn(call(refund, 'k', over))).toBeNull();
  });

  it('is nothing of a payment that captures itself', async () => {
    const { ports, runner } = await authorizedHere();
    const over = { paymentId: 'pay_automatic' };
    await runner.execute(call(create(), 'k1', over));
    const recent = new RecentPayments(ports);
    leave(recent, await workOf(ports, over.paymentId));
    const refund: PaymentRequest = { command: 'refund', amount: null, reason: null };
    expect(recent.workOn(call(refund, 'k2', over))).toBeNull();
  });
});

async function workOf(ports: OrchestrationPorts, paymentId = PAYMENT_ID): Promise<PaymentWork> {
  return (await PaymentWork.load(ports, { paymentId, correlationId: 'c' })).work;
}

function leave(recent: RecentPayments, work: PaymentWork | undefined): void {
  if (work !== undefined) recent.leave(work);
}
