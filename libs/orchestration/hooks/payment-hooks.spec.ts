import { paymentStream } from '../../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../../testing/payment-house.js';
import { ScriptedGateway } from '../../testing/scripted-gateway.js';
import type { BeforeHook, BeforeSubject, HookedOperation } from './payment-hook.js';
import { PaymentHooks } from './payment-hooks.js';

const manual = create({ captureMethod: 'manual' });
const capture = { command: 'capture', amount: 900n, final: false } as const;
const refund = { command: 'refund', amount: null, reason: null } as const;

function hook(
  before: HookedOperation,
  run: BeforeHook['run'],
  whenAway: BeforeHook['whenAway'] = 'go_on',
): BeforeHook {
  return { name: 'spec', before, whenAway, run };
}

const veto = async () => ({ veto: 'not on Sundays' });
const never = () => new Promise<'go_on'>(() => undefined);

describe('a hook before an operation', () => {
  it.each([
    ['authorize', manual],
    ['capture', capture],
    ['refund', refund],
  ] as const)(
    'can veto %s: a refusal, and nothing is appended or sent',
    async (before, request) => {
      const alpha = new ScriptedGateway('alpha');
      const plain = house([alpha]);
      if (before !== 'authorize') {
        await plain.runner.execute(call(before === 'capture' ? manual : create(), 'k1'));
      }
      const sent = alpha.sends.length;
      const { runner, store } = house(
        [alpha],
        {},
        { hooks: [hook(before, veto)], store: plain.store },
      );
      const revision = (await store.readStream(paymentStream(PAYMENT_ID))).length;
      const answer = await runner.execute(call(request, 'k2'));
      expect(answer).toMatchObject({ code: 'HOOK_VETOED', detail: 'not on Sundays' });
      expect(await store.readStream(paymentStream(PAYMENT_ID))).toHaveLength(revision);
      expect(alpha.sends).toHaveLength(sent);
    },
  );

  it('is told what is about to happen, and asked neither by a repeat nor by a dry run', async () => {
    const subjects: BeforeSubject[] = [];
    const asked = hook('capture', async (subject) => {
      subjects.push(subject);
      return 'go_on';
    });
    const { runner } = house([new ScriptedGateway('alpha')], {}, { hooks: [asked] });
    await runner.execute(call(manual, 'k1'));
    await runner.execute(call(capture, null, { dryRun: true }));
    const first = paymentOf(await runner.execute(call(capture, 'k2')));
    expect(paymentOf(await runner.execute(call(capture, 'k2'))).replayed).toBe(true);
    expect(first.payment.amount_captured).toBe(900);
    expect(subjects).toEqual([
      expect.objectContaining({ paymentId: PAYMENT_ID, merchantId: 'mer_one', amount: 900n }),
    ]);
  });

  it.each([
    ['go_on', 'payment'],
    ['veto', 'refused'],
  ] as const)('that gives no answer in time, or throws, counts as %s', async (whenAway, kind) => {
    const throwing = () => Promise.reject(new Error('broken'));
    for (const run of [never, throwing]) {
      const hooks = [hook('authorize', run, whenAway)];
      const { runner } = house([new ScriptedGateway('alpha')], {}, { hooks });
      expect((await runner.execute(call(create(), 'k1'))).kind).toBe(kind);
    }
  });
});

describe('hooks after an operation', () => {
  const subject = {
    eventId: 'e1',
    paymentId: PAYMENT_ID,
    at: '2026-01-01T00:00:00.000Z',
    outcome: 'approved',
    amount: 900n,
  } as const;

  it('are told side by side; one that fails or hangs is logged and stops nothing', async () => {
    const heard: string[] = [];
    const warned: unknown[] = [];
    const hooks = new PaymentHooks(
      [
        { name: 'broken', after: 'capture', run: () => Promise.reject(new Error('broken')) },
        { name: 'hanging', after: 'capture', run: () => new Promise<void>(() => undefined) },
        { name: 'other', after: 'refund', run: async () => void heard.push('other') },
        { name: 'good', after: 'capture', run: async () => void heard.push('good') },
      ],
      { timeoutMs: 20, logger: { warn: (told: unknown) => void warned.push(told) } },
    );
    await hooks.tell('capture', subject);
    expect(heard).toEqual(['good']);
    expect(warned).toEqual([
      expect.objectContaining({ hook: 'broken' }),
      expect.objectContaining({ hook: 'hanging' }),
    ]);
  });

  it('cost nothing where there are none', () => {
    const none = new PaymentHooks([], { timeoutMs: 20, logger: { warn: () => undefined } });
    expect([none.asksBefore('authorize'), none.followsTheLog]).toEqual([false, false]);
  });
});
