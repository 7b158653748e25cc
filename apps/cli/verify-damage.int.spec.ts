import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { ApiKeys } from '../../libs/access/api-keys.js';
import { keyStream } from '../../libs/access/api-key.events.js';
import {
  LOG_START,
  type EventStore,
  type JsonObject,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { hashOf } from '../../libs/event-store/hash-chain.js';
import {
  decideGatewayChange,
  gatewayStream,
  initialProfile,
} from '../../libs/gateways/registry/gateway-profile.js';
import type { PaymentEvent } from '../../libs/payments/payment.events.js';
import { SystemClock } from '../../libs/platform/clock.js';
import { newEventId } from '../../libs/platform/ids.js';
import { DamagedHouse } from '../../libs/testing/damaged-house.js';
import {
  dispute,
  initiated,
  newEvents,
  PaymentLog,
  purchase,
  refund,
} from '../../libs/testing/payment-log.js';
import { PROJECTIONS } from '../../projections/registry.js';

jest.setTimeout(120_000);

const CALL = 'a'.repeat(64);
const ONE = 'payment-pay_one'; // purchased and refunded in part, by calls
const OPEN = 'payment-pay_open'; // waits for its gateway
const GATEWAY = gatewayStream('alpha');
const BY = { actor: 'operator:key_1', correlationId: 'correlation-1' };

/** Every kind of stream, and enough payments that each column of each table has a row of its own to be damaged in. */
async function fill(store: EventStore): Promise<void> {
  const log = new PaymentLog(store);
  await appendCalls(store);
  for (let number = 0; number < 18; number += 1) {
    const payment = { id: `pay_${number}`, customerId: `cus_${number}`, orderId: `ord_${number}` };
    const review: PaymentEvent = {
      type: 'ReviewRequested',
      data: { origin: 'INITIATED', reasons: ['velocity'] },
    };
    await log.append(
      payment.id,
      number % 2 === 0 ? purchase(payment) : [initiated(payment), review],
    );
    if (number % 4 === 0) await log.append(payment.id, refund(payment, '100'));
    if (number % 6 === 0) await log.append(payment.id, [dispute('DisputeOpened', '300')]);
  }
  await log.append('pay_open', purchase({ id: 'pay_open' }).slice(0, 2));
  const keys = new ApiKeys(store, new SystemClock());
  const key = { role: 'operator', merchantId: null, name: 'one', expiresAt: null } as const;
  const issued = await keys.create({ ...key, origin: 'cli' }, BY);
  if (issued !== null) await keys.revoke(issued.key, null, BY);
  await changeGateway(store, [0.5, 0.25]);
}

async function appendCalls(store: EventStore): Promise<void> {
  const events = newEvents([...purchase({ id: 'pay_one' }), ...refund({ id: 'pay_one' }, '700')]);
  const called = events.map((event, index) => {
    const opens = index === 0 ? { idempotency: CALL } : {};
    const answers = index === 2 ? { answers: [CALL] } : {};
    return { ...event, metadata: { ...event.metadata, ...opens, ...answers } };
  });
  await store.append(ONE, 'no stream', called);
}

async function changeGateway(store: EventStore, weights: readonly number[]): Promise<void> {
  let profile = initialProfile({ name: 'alpha', adapter: 'simulator' });
  const metadata = { at: '2026-03-01T10:00:00.000Z', ...BY, causationId: 'request-1' };
  const changes = weights.flatMap((weight) => {
    const change = decideGatewayChange(profile, { patch: { weight }, reason: 'cheaper' });
    if (change === null) return [];
    profile = change.data.after;
    // reason: event data is JSON by rule
    const data = change.data as unknown as JsonObject;
    return [{ id: newEventId(), type: change.type, version: 1, data, metadata }];
  });
  await store.append(GATEWAY, 'no stream', changes);
}

describe('tillstream verify finds damage', () => {
  let house: DamagedHouse;
  let keysStream: string;

  beforeAll(async () => {
    house = await DamagedHouse.open(fill);
    await house.pool.query(
      `insert into due_payments (payment_id, kind, due_at, revision) values ('pay_open', 'due', now(), 1)`,
    );
    await house.pool.query('insert into saved_due_payments table due_payments');
    const { events } = await house.store.readAll(LOG_START, 1_000);
    keysStream = events.find(({ stream }) => stream.startsWith(keyStream('')))?.stream ?? '';
  });

  afterEach(() => house.restore());
  afterAll(() => house?.close());

  it('and none where nothing is damaged', async () => {
    expect(await house.found()).toEqual([]);
  });

  describe('that was made to fit the hash chain', () => {
    it('by the audit: data of two events were swapped', async () => {
      await house.rewrite(ONE, (events) => swapped(events, 1, 3));
      const found = await house.found('--quick');
      expect(found).toContain(`removed_events ${ONE} 1`);
      expect(found).toContain(`fold ${ONE} 1`);
    });

    it('by a seal alone: an amount, with the audit made to fit as well', async () => {
      const seals = ['--quick', '--seals', house.sealsFile];
      expect(await house.found(...seals)).toEqual([]);
      const rewritten = await house.rewrite(ONE, (events) => amounts(events, '700', '701'));
      await house.rewriteAudit(rewritten);
      const findings = await house.findings(...seals);
      expect(findings.map(({ check }) => check)).toEqual(['removed_events']);
      expect(findings[0]?.message).toContain('is not what was sealed: its events are others');
    });

    it.each([
      ['a call that was never opened is answered', 2, { answers: ['b'.repeat(64)] }],
      ['a call is answered twice', 4, { answers: [CALL] }],
      ['a call is opened twice', 3, { idempotency: CALL }],
    ])('by its calls: %s (I-6)', async (_, at, metadata) => {
      const rewritten = await house.rewrite(ONE, (events) =>
        events.map((event, index) =>
          index === at ? { metadata: { ...event.metadata, ...metadata } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`calls ${ONE} ${at}`]);
    });

    it('by its instants: a payment runs backwards', async () => {
      const rewritten = await house.rewrite(ONE, (events) =>
        events.map((event, index) =>
          index === 3 ? { metadata: { ...event.metadata, at: '2026-02-01T00:00:00.000Z' } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`instants ${ONE} 3`]);
    });

    it('by its name: a payment stands in the stream of another', async () => {
      const rewritten = await house.rewrite(ONE, (events) =>
        events.map(({ data }, index) =>
          index === 0 ? { data: { ...data, paymentId: 'pay_other' } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`fold ${ONE} 0`]);
    });

    it("by what joins: a gateway's settings, and a key", async () => {
      await house.rewriteAudit(
        await house.rewrite(GATEWAY, (events) => changedAfter(events, 0, { weight: 9 })),
      );
      await house.rewriteAudit(
        await house.rewrite(keysStream, (events) => changedAfter(events, 0, { role: 'admin' })),
      );
      expect(await house.found('--quick')).toEqual([`fold ${keysStream} 1`, `fold ${GATEWAY} 1`]);
    });
  });

  it('by the audit: an event was slipped in where the audit has been', async () => {
    await slipIn(house, newEvents([dispute('DisputeOpened', '5')]));
    expect(await house.found('--quick')).toEqual([`added_events ${ONE} 5`]);
  });

  it('an answer of a call that was taken away', async () => {
    await house.pool.query(
      `update event_store.events set metadata = replace(metadata, $2, $3) where stream = $1 and revision = 2`,
      [ONE, `"answers":["${CALL}"]`, '"answers":[]'],
    );
    expect(await house.found('--quick')).toEqual([`hash_chain ${ONE} 2`]);
  });

  it('an id that another stream has as well', async () => {
    const [first] = await house.store.readStream(ONE);
    await house.rewrite('payment-pay_2', (events) => events);
    await house.pool.query(
      `update event_store.events set id = $1 where stream = 'payment-pay_2' and revision = 2`,
      [first?.id],
    );
    expect(await house.found('--quick')).toContain('event_ids payment-pay_2 2');
  });

  it('an open intent that nobody would ask about (I-12)', async () => {
    await house.pool.query(`delete from due_payments`);
    expect(await house.found('--quick')).toEqual([`due_payments ${OPEN} 1`]);
  });

  it('a checkpoint that was set back or forth, of a read model and of the processor', async () => {
    const [, second] = (await house.store.readAll(LOG_START, 2)).events;
    await house.pool.query(
      `update projection_versions set position = $1 where name = 'payment-history'`,
      [second?.position],
    );
    const found = await house.findings();
    expect(found.length).toBeGreaterThan(10);
    expect(new Set(found.map(({ check }) => check))).toEqual(new Set(['read_models']));
    await house.restore();
    await house.pool.query(`update processor_checkpoint set position = repeat('f', 32)`);
    expect((await house.findings('--quick'))[0]?.message).toContain('the processor is ahead');
  });

  it.each([
    ['where false', 'does not show reviews_v1 as it is'],
    ['where payment_id <> $$pay_1$$', 'does not show reviews_v1 as it is'],
  ])('a view that shows less: %s', async (filter, message) => {
    await house.pool.query(`create or replace view reviews as select * from reviews_v1 ${filter}`);
    const findings = await house.findings();
    await house.pool.query('create or replace view reviews as select * from reviews_v1');
    expect(findings.map(({ check }) => check)).toEqual(['read_models']);
    expect(findings[0]?.message).toContain(message);
  });

  /** A damaged audit is a false witness besides: that is told, too. */
  async function rowFindings(): Promise<readonly string[]> {
    const findings = await house.findings();
    return findings.filter(({ check }) => check === 'read_models').map(({ message }) => message);
  }

  describe.each(PROJECTIONS.flatMap(({ tables }) => tables.map((table) => [`${table}_v1`])))(
    'in %s',
    (table) => {
      it('each column', async () => {
        const columns = await columnsOf(house, table);
        // A row each, so that every one of them is named.
        const { rows } = await house.pool.query<{ row: string }>(
          `select ctid::text as row from ${table} limit ${columns.length}`,
        );
        for (const [index, column] of columns.entries()) {
          await damage(house, { table, row: rows[index]?.row ?? '', column });
        }
        const told = (await rowFindings()).join('\n');
        for (const { name, isKey } of columns) {
          expect(told).toMatch(isKey ? /stands there, the events give none/ : `in ${name}`);
        }
      });

      it('a row that is gone, and one too many', async () => {
        const [row] = (
          await house.pool.query(`delete from ${table} where ctid = (select max(ctid) from ${table})
          returning *`)
        ).rows as Record<string, unknown>[]; // reason: whatever the row holds
        expect(await rowFindings()).toEqual([
          expect.stringMatching(/is missing, the events give it$/),
        ]);
        await house.restore();
        const columns = await columnsOf(house, table);
        const last = columns.findLast(
          ({ isKey, type }) => isKey && type !== 'timestamp with time zone',
        );
        const copy = { ...row, [last?.name ?? '']: otherKey(table, last?.type) };
        await house.pool.query(
          `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`,
          [JSON.stringify(copy)],
        );
        expect(await rowFindings()).toEqual([
          expect.stringMatching(/stands there, the events give none$/),
        ]);
      });
    },
  );
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

async function columnsOf(house: DamagedHouse, table: string): Promise<readonly Column[]> {
  const { rows } = await house.pool.query<{ name: string; type: string; key: boolean }>(
    `select a.attname as name, format_type(a.atttypid, null) as type, a.attnum = any(i.indkey) as key
       from pg_attribute a join pg_index i on i.indrelid = a.attrelid and i.indisprimary
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  return rows.map(({ name, type, key }) => ({ name, type, isKey: key }));
}

/** Of a row that is one too many. */
function otherKey(table: string, type: string | undefined): string {
  if (type === 'uuid') return randomUUID();
  return table.startsWith('customer') ? 'reversal' : 'zz';
}

/** Alters one column in a row of its own: the n-th. */
async function damage(
  house: DamagedHouse,
  { table, row, column }: { table: string; row: string; column: Column },
): Promise<void> {
  const { name, type } = column;
  const other = /^(integer|bigint|numeric)$/.test(type)
    ? `coalesce(${name}, 0) + 1`
    : type.startsWith('timestamp')
      ? `coalesce(${name}, now()) + interval '1 second'`
      : table.startsWith('customer_statements') && name === 'kind'
        ? `'reversal'`
        : type === 'uuid'
          ? 'gen_random_uuid()'
          : `coalesce(${name}, '') || 'x'`;
  const { rowCount } = await house.pool.query(
    `update ${table} set ${name} = ${other}
      where ctid = $1`,
    [row],
  );
  expect([name, rowCount]).toEqual([name, 1]);
}

type Events = readonly RecordedEvent[];

function swapped(events: Events, one: number, other: number) {
  return events.map((_, index) => {
    const from = index === one ? events[other] : index === other ? events[one] : undefined;
    return from === undefined ? {} : { type: from.type, data: from.data };
  });
}

function amounts(events: Events, from: string, to: string) {
  return events.map(({ data }) => {
    // reason: it was an object
    const other = JSON.parse(JSON.stringify(data).replaceAll(`"${from}"`, `"${to}"`)) as JsonObject;
    return { data: other };
  });
}

function changedAfter(events: Events, at: number, change: JsonObject) {
  return events.map(({ data }, index) => {
    if (index !== at) return {};
    const after = { ...(data['after'] as JsonObject), ...change }; // reason: settings have one
    return { data: { ...data, after } };
  });
}

/** Behind the last event of the stream, with a hash that fits, at a place that the log has long left. */
async function slipIn(house: DamagedHouse, events: ReturnType<typeof newEvents>): Promise<void> {
  const last = (await house.store.readStream(ONE)).at(-1);
  const [event] = events;
  if (last === undefined || event === undefined) throw new Error('there is something to add');
  const at = last.metadata.at;
  const revision = last.revision + 1;
  const placed = { ...event, stream: ONE, revision, metadata: { ...event.metadata, at, hash: '' } };
  const metadata = { ...placed.metadata, hash: hashOf(last.metadata.hash, placed) };
  await house.pool.query(
    `insert into event_store.events (transaction, place, stream, revision, id, type, version, data, metadata)
     select transaction, place + 1000, $1, $2, $3, $4, $5, $6, $7 from event_store.events
      where stream = $1 and revision = $2 - 1`,
    [
      ONE,
      revision,
      event.id,
      event.type,
      event.version,
      JSON.stringify(event.data),
      JSON.stringify(metadata),
    ],
  );
}
