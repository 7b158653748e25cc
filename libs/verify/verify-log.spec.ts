import type { EventStore, LogPage, RecordedEvent } from '../event-store/event-store.js';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import type { PaymentEvent } from '../payments/payment.events.js';
import { recordedLife, PAYMENT_LIVES, unknownEvent } from '../testing/payment-lives.js';
import { dispute, PaymentLog, purchase, refund } from '../testing/payment-log.js';
import { Findings } from './finding.js';
import { IntentLedger } from './intent-ledger.js';
import { streamParts } from './stream-parts.js';
import { joinParts, verifyLog } from './verify-log.js';

const [WHOLE] = streamParts(1, 1);
const ONE = { id: 'pay_one' };
const RULE_BROKEN: PaymentEvent = {
  type: 'MoneyRuleBroken',
  data: { rule: 'refunded_above_captured', excess: '500' },
};

describe('verifying a log', () => {
  it.each(Object.entries(PAYMENT_LIVES))('folds a payment that was %s', async (_name, life) => {
    const { findings } = await verified(holding(recordedLife(life)));
    expect(findings.count('fold')).toBe(0);
    expect(findings.count('revisions')).toBe(0);
  });

  it('finds nothing in payments that keep the rules, and knows their intents', async () => {
    const store = new InMemoryEventStore();
    await new PaymentLog(store).appendMany(0, 30);
    const { log, findings, ledger } = await verified(store);
    expect(findings.list()).toEqual([]);
    expect(log.streams).toBe(30);
    expect(ledger.byKey.get('pay_00000003/2')).toMatchObject({
      operation: 'refund',
      outcome: 'approved',
      amount: 100n,
      stream: 'payment-pay_00000003',
    });
  });

  it('lists an intent that is still open', async () => {
    const { log } = await verified(await logOf(purchase(ONE).slice(0, 2)));
    expect([...log.payments.openIntents.keys()]).toEqual(['payment-pay_one']);
  });

  it('keeps of a part no payment that was followed, so that memory stays bounded', async () => {
    const { log } = await verified(
      holding(
        recordedLife([['PaymentInitiated'], ['AuthorizationRequested'], ['AuthorizationApproved']]),
      ),
    );
    expect(log.payments.waiting.size).toBe(1);
    expect(joinParts([log]).payments).toEqual({
      brokenByFacts: [],
      brokenByFactsCount: 0,
      openIntents: new Map(),
      unfoldable: new Set(),
    });
  });

  it('names a refund above what was captured, which no command may let in (I-14)', async () => {
    const store = await logOf(purchase(ONE), refund(ONE, '3000'));
    const { findings } = await verified(store);
    expect(findings.list()).toEqual([
      expect.objectContaining({ check: 'money_rules', stream: 'payment-pay_one', revision: 3 }),
    ]);
  });

  it('lists a rule that a fact broke, and finds no fault in its being recorded', async () => {
    const events = [dispute('DisputeOpened', '500'), RULE_BROKEN];
    const { log, findings } = await verified(
      await logOf(purchase(ONE), refund(ONE, '2500'), events),
    );
    expect(findings.list()).toEqual([]);
    expect(log.payments.brokenByFacts).toMatchObject([
      { stream: 'payment-pay_one', rule: 'refunded_above_captured', excess: '500', revision: 6 },
    ]);
  });

  it('names a broken rule also where nothing follows it', async () => {
    const last = [dispute('DisputeOpened', '500')];
    const { findings } = await verified(await logOf(purchase(ONE), refund(ONE, '2500'), last));
    expect(findings.list()).toMatchObject([{ check: 'money_rules', revision: 5 }]);
  });

  it('names a rule that a fact broke and nobody recorded, once', async () => {
    const unrecorded = [dispute('DisputeOpened', '500')];
    const { findings } = await verified(
      await logOf(purchase(ONE), refund(ONE, '2500'), unrecorded, refund(ONE, '1', 3)),
    );
    const all = findings.list();
    expect(all.map(({ check }) => check)).toEqual(['money_rules', 'money_rules']);
    expect(all[0]).toMatchObject({ revision: 5 });
  });

  it('names what does not fold: a payment begun twice, a type that no release knows', async () => {
    const twice = await logOf(purchase(ONE), purchase(ONE).slice(0, 1));
    expect((await verified(twice)).findings.list()).toMatchObject([
      { check: 'fold', stream: 'payment-pay_one', revision: 3 },
    ]);
    const life = recordedLife(PAYMENT_LIVES['cancelled'] ?? []);
    const { findings } = await verified(holding([...life, unknownEvent(life.length)]));
    expect(findings.list().find(({ check }) => check === 'fold')).toMatchObject({ revision: 2 });
  });

  it('names events of keys and settings that do not fold', async () => {
    const [event] = recordedLife(PAYMENT_LIVES['cancelled'] ?? []);
    if (event === undefined) throw new Error('the life has events');
    const key = { ...event, stream: 'key-key_1', type: 'ApiKeyRevoked', data: {} };
    const rules = { ...event, stream: 'routing-rules', type: 'RoutingRulesChanged', data: {} };
    const other = { ...event, stream: 'something-new', type: 'New', data: {} };
    const { findings } = await verified(holding([key, rules, other]));
    const folds = findings.list().filter(({ check }) => check === 'fold');
    expect(folds.map(({ stream }) => stream)).toEqual(['key-key_1', 'routing-rules']);
  });

  it('keeps as many findings in words as it says, and counts all', () => {
    const findings = new Findings();
    for (let count = 0; count < 1_500; count += 1) findings.add('fold', {}, 'no');
    expect([findings.total, findings.list().length]).toEqual([1_500, 1_000]);
  });
});

async function verified(store: Pick<EventStore, 'readAll' | 'readStream' | 'head'>) {
  const findings = new Findings();
  const ledger = new IntentLedger();
  const log = await verifyLog({
    // reason: it reads in these two ways only
    store: store as EventStore,
    part: WHOLE,
    pageMax: 100,
    findings,
    witnesses: null,
    seals: null,
    intents: ledger,
    onEvents: async () => undefined,
    signal: new AbortController().signal,
  });
  return { log, findings, ledger };
}

async function logOf(...appends: (readonly PaymentEvent[])[]): Promise<EventStore> {
  const store = new InMemoryEventStore();
  const log = new PaymentLog(store);
  let minute = 0;
  for (const events of appends) {
    await log.append(ONE.id, events, `2026-03-01T10:0${minute++}:00.000Z`);
  }
  return store;
}

/** A log of events as they are, also such as no append lets in. */
function holding(
  events: readonly RecordedEvent[],
): Pick<EventStore, 'readAll' | 'readStream' | 'head'> {
  const page: LogPage = { events, position: events.at(-1)?.position ?? '', atEnd: true };
  return {
    readAll: async () => page,
    readStream: async () => events,
    head: async () => page.position,
  };
}
