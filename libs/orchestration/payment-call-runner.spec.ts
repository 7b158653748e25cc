import type { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { paymentStream } from '../payments/payment.stream.js';
import { call, create, house, PAYMENT_ID, paymentOf } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import type { PaymentRequest } from './payment-calls.js';

async function typesOf(store: InMemoryEventStore): Promise<readonly string[]> {
  const events = await store.readStream(paymentStream(PAYMENT_ID));
  return events.map(({ type }) => type);
}

describe('a create call', () => {
  it('is two events before the gateway and one with the mark after it', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { store, runner } = house([alpha]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.status).toBe(201);
    expect(answer.payment).toMatchObject({
      status: 'COMPLETED',
      amount_captured: 2500,
      revision: 2,
    });
    expect(await typesOf(store)).toEqual([
      'PaymentInitiated',
      'PurchaseRequested',
      'PurchaseApproved',
    ]);
    const events = await store.readStream(paymentStream(PAYMENT_ID));
    expect(events.map(({ metadata }) => metadata.answers)).toEqual([
      undefined,
      undefined,
      ['hash-of-k1'],
    ]);
    expect(answer.position).toBe(events[2]?.position);
    expect(alpha.books).toHaveLength(1);
  });

  it('has its intent durable before the gateway is called', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { store, runner } = house([alpha]);
    let seen: readonly string[] = [];
    alpha.script(async (sent) => {
      seen = await typesOf(store);
      return approval(sent);
    });
    await runner.execute(call(create(), 'k1'));
    expect(seen).toEqual(['PaymentInitiated', 'PurchaseRequested']);
  });

  it('answers a repeat with the same bytes and charges once', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    const first = paymentOf(await runner.execute(call(create(), 'k1')));
    const again = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(JSON.stringify(again.payment)).toBe(JSON.stringify(first.payment));
    expect([again.status, again.position, again.replayed]).toEqual([201, first.position, true]);
    expect(alpha.sends).toHaveLength(1);
  });

  it('refuses the same key with another body', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    await runner.execute(call(create(), 'k1'));
    const other = await runner.execute(call(create({ amount: 2600n }), 'k1'));
    expect(other).toMatchObject({ kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('knows a repeat whose first call was hashed under an older key of the installation', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    await runner.execute(
      call(create(), 'k1', { idempotency: { keyHash: 'k', requestHash: 'a:1' } }),
    );
    const renewed = { keyHash: 'k', requestHash: 'b:2' };
    const repeat = (olderHashes: readonly string[]) =>
      runner.execute(call(create(), 'k1', { idempotency: { ...renewed, olderHashes } }));
    expect(paymentOf(await repeat(['a:1'])).replayed).toBe(true);
    expect(await repeat(['a:2'])).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('of 100 parallel copies makes one charge; the others wait or see the same', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const alpha = new ScriptedGateway('alpha').script(async (sent) => {
      await gate;
      return approval(sent);
    });
    const { runner } = house([alpha]);
    const copies = Array.from({ length: 100 }, () => runner.execute(call(create(), 'k1')));
    const refusals: string[] = [];
    for (const copy of copies) {
      void copy.then((answer) => {
        if (answer.kind === 'refused') refusals.push(answer.code);
        if (refusals.length === 99) open();
      });
    }
    const answers = await Promise.all(copies);
    expect(new Set(refusals)).toEqual(new Set(['IDEMPOTENCY_KEY_IN_FLIGHT']));
    expect(answers.filter(({ kind }) => kind === 'payment')).toHaveLength(1);
    expect(alpha.books).toHaveLength(1);
  });

  it('gives every announced place back whose intent lost its race', async () => {
    const { runner, ports } = house([new ScriptedGateway('alpha')]);
    let places = 0;
    let sends = 0;
    ports.gateways.announce = () => void (places += 1);
    ports.gateways.withdraw = () => void (places -= 1);
    const copies = Array.from({ length: 20 }, () => runner.execute(call(create(), 'k1')));
    for (const answer of await Promise.all(copies)) {
      if (answer.kind === 'payment' && !answer.replayed) sends += 1;
    }
    expect([places, sends]).toEqual([1, 1]);
  });

  it('goes to another gateway after a decline that allows it, in one append with the next intent', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'declined',
      code: 'do_not_honor',
      message: 'no',
      authorizationGone: false,
    });
    const bravo = new ScriptedGateway('bravo');
    const { store, runner } = house([alpha, bravo]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.payment).toMatchObject({ status: 'COMPLETED', gateway: 'bravo' });
    expect(await typesOf(store)).toEqual([
      'PaymentInitiated',
      'PurchaseRequested',
      'AttemptDeclined',
      'PurchaseRequested',
      'PurchaseApproved',
    ]);
  });

  it('fails without a gateway', async () => {
    const { runner } = house([]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([answer.status, answer.payment.failure?.code]).toEqual([201, 'no_gateway_available']);
  });

  it('answers 202 when the outcome is unknown, and never asks another gateway', async () => {
    const alpha = new ScriptedGateway('alpha').script({ outcome: 'unknown', message: 'reset' });
    const bravo = new ScriptedGateway('bravo');
    const { runner } = house([alpha, bravo]);
    const answer = paymentOf(await runner.execute(call(create(), 'k1')));
    expect(answer.status).toBe(202);
    expect(answer.payment).toMatchObject({
      status: 'PROCESSING',
      open_operation: { operation: 'purchase', state: 'unknown' },
    });
    expect(bravo.sends).toHaveLength(0);
    const again = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([again.status, JSON.stringify(again.payment)]).toEqual([
      202,
      JSON.stringify(answer.payment),
    ]);
  });

  it('answers 202 when the outcome of its own capture, or of the void after it, is unknown', async () => {
    const lost = { outcome: 'unknown', message: 'reset' } as const;
    for (const [operation, answers] of [
      ['capture', [lost]],
      ['void', [DECLINED, lost]],
    ] as const) {
      const alpha = new ScriptedGateway('alpha', { purchase: false });
      alpha.script((sent) => approval(sent), ...answers);
      const { runner } = house([alpha]);
      for (const replayed of [false, true]) {
        expect(await runner.execute(call(create(), 'k1'))).toMatchObject({
          status: 202,
          replayed,
          payment: { status: 'AUTHORIZED', open_operation: { operation, state: 'unknown' } },
        });
      }
    }
  });

  it('shows what it would store as a dry run, and stores nothing', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { store, runner } = house([alpha]);
    const answer = await runner.execute(call(create(), null, { dryRun: true }));
    expect(answer).toMatchObject({
      kind: 'dry_run',
      events: [
        { type: 'PaymentInitiated', version: 1, data: { paymentId: null, amount: '2500' } },
        { type: 'PurchaseRequested', version: 3, data: { key: null, gateway: 'alpha' } },
      ],
    });
    const stored = answer.kind === 'dry_run' ? answer.events.map(({ data }) => data) : [];
    expect(stored.map((data) => 'refundId' in data)).toEqual([false, false]);
    expect(await typesOf(store)).toEqual([]);
    expect(alpha.sends).toHaveLength(0);
  });
});

describe('calls on a payment', () => {
  const manual = create({ captureMethod: 'manual' });

  it('capture in parts, then refund, each by its own key', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    const run = (request: PaymentRequest, key: string) => runner.execute(call(request, key));
    expect(paymentOf(await run(manual, 'k1')).payment.status).toBe('AUTHORIZED');
    const part = paymentOf(await run({ command: 'capture', amount: 1000n, final: false }, 'k2'));
    expect([part.status, part.payment.status, part.payment.amount_captured]).toEqual([
      200,
      'AUTHORIZED',
      1000,
    ]);
    const rest = paymentOf(await run({ command: 'capture', amount: null, final: false }, 'k3'));
    expect([rest.payment.status, rest.payment.amount_captured]).toEqual(['COMPLETED', 2500]);
    const refund = paymentOf(await run({ command: 'refund', amount: 500n, reason: null }, 'k4'));
    expect([refund.status, refund.payment.status]).toEqual([201, 'PARTIALLY_REFUNDED']);
  });

  it('a declined capture is an event and is repeated as it was', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(manual, 'k1'));
    alpha.script({
      outcome: 'declined',
      code: 'do_not_honor',
      message: 'no',
      authorizationGone: false,
    });
    const capture = { command: 'capture', amount: null, final: false } as const;
    const first = await runner.execute(call(capture, 'k2'));
    expect(first).toMatchObject({ kind: 'refused', code: 'CAPTURE_DECLINED', replayed: false });
    const again = await runner.execute(call(capture, 'k2'));
    expect(again).toEqual({ ...first, replayed: true });
  });

  it('another tenant finds nothing', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    await runner.execute(call(manual, 'k1'));
    const foreign = await runner.execute(
      call({ command: 'cancel', reason: null }, null, { tenant: 'mer_two' }),
    );
    expect(foreign).toMatchObject({ kind: 'refused', code: 'PAYMENT_NOT_FOUND' });
  });

  it('If-Match with an old revision changes nothing', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    await runner.execute(call(manual, 'k1'));
    const stale = await runner.execute(
      call({ command: 'cancel', reason: null }, null, { expectedRevision: 0 }),
    );
    expect(stale).toMatchObject({ kind: 'refused', code: 'REVISION_MISMATCH' });
  });

  it('cancel voids what is authorized', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(manual, 'k1'));
    const answer = paymentOf(
      await runner.execute(call({ command: 'cancel', reason: 'gone' }, null)),
    );
    expect([answer.status, answer.payment.status]).toEqual([200, 'CANCELLED']);
    expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'void']);
  });

  it('confirm asks about the act of the customer and goes on', async () => {
    const alpha = new ScriptedGateway('alpha').script({
      outcome: 'requires_action',
      reference: 'r1',
      redirectUrl: 'http://127.0.0.1/act',
    });
    const { runner } = house([alpha]);
    const created = paymentOf(await runner.execute(call(create(), 'k1')));
    expect([created.status, created.payment.next_action?.url]).toEqual([
      202,
      'http://127.0.0.1/act',
    ]);
    const waiting = paymentOf(await runner.execute(call({ command: 'confirm' }, 'k2')));
    expect([waiting.status, waiting.replayed]).toEqual([202, false]);
    const sent = alpha.sends[0];
    if (sent === undefined) throw new Error('nothing was sent');
    alpha.tell(sent.key, approval(sent));
    const confirmed = paymentOf(await runner.execute(call({ command: 'confirm' }, 'k2')));
    expect([confirmed.status, confirmed.payment.status]).toEqual([200, 'COMPLETED']);
    expect(paymentOf(await runner.execute(call({ command: 'confirm' }, 'k2'))).replayed).toBe(true);
  });

  it('two captures at once: one at a time', async () => {
    const alpha = new ScriptedGateway('alpha');
    const { runner } = house([alpha]);
    await runner.execute(call(manual, 'k1'));
    const capture = { command: 'capture', amount: 2000n, final: false } as const;
    const answers = await Promise.all([
      runner.execute(call(capture, 'k2')),
      runner.execute(call(capture, 'k3')),
    ]);
    expect(answers.map((answer) => answer.kind).toSorted()).toEqual(['payment', 'refused']);
    expect(alpha.books.filter(({ operation }) => operation === 'capture')).toHaveLength(1);
  });
});

describe('a review', () => {
  it('waits for a person, and goes on when approved', async () => {
    const { runner } = house([new ScriptedGateway('alpha')]);
    const created = paymentOf(await runner.execute(call(create({ amount: 600_000n }), 'k1')));
    expect([created.status, created.payment.status]).toEqual([202, 'UNDER_REVIEW']);
    const operator = { tenant: null, actor: 'operator:op_1' };
    const approved = paymentOf(
      await runner.execute(call({ command: 'approve', reason: 'known' }, null, operator)),
    );
    expect([approved.status, approved.payment.status]).toEqual([200, 'COMPLETED']);
  });
});
