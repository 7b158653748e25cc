import { jest } from '@jest/globals';
import { keyStream } from '../../libs/access/api-key.events.js';
import {
  EventUnreadable,
  LOG_START,
  type JsonObject,
  type RecordedEvent,
} from '../../libs/event-store/event-store.js';
import { hashOf } from '../../libs/event-store/hash-chain.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import type { DamagedHouse } from '../../libs/testing/damaged-house.js';
import {
  CALL_HASH,
  CALLED_STREAM,
  GATEWAY_STREAM,
  HELD_STREAM,
  OPEN_STREAM,
  openHouseOfEveryKind,
} from '../../libs/testing/house-of-every-kind.js';
import { dispute, newEvents } from '../../libs/testing/payment-log.js';

jest.setTimeout(120_000);

describe('tillstream verify finds damage', () => {
  let house: DamagedHouse;
  let keysStream: string;

  beforeAll(async () => {
    house = await openHouseOfEveryKind();
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
      await house.rewrite(CALLED_STREAM, (events) => swapped(events, 1, 3));
      const found = await house.found('--quick');
      expect(found).toContain(`removed_events ${CALLED_STREAM} 1`);
      expect(found).toContain(`fold ${CALLED_STREAM} 1`);
    });

    it('by a seal alone: an amount, with the audit made to fit as well', async () => {
      const seals = ['--quick', '--seals', house.sealsFile];
      expect(await house.found(...seals)).toEqual([]);
      const rewritten = await house.rewrite(CALLED_STREAM, (events) =>
        amounts(events, '700', '701'),
      );
      await house.rewriteAudit(rewritten);
      const findings = await house.findings(...seals);
      expect(findings.map(({ check }) => check)).toEqual(['removed_events']);
      expect(findings[0]?.message).toContain('is not what was sealed: its events are others');
    });

    it.each([
      ['a call that was never opened is answered', 2, { answers: ['b'.repeat(64)] }],
      ['a call is answered twice', 4, { answers: [CALL_HASH] }],
      ['a call is opened twice', 3, { idempotency: CALL_HASH }],
    ])('by its calls: %s (I-6)', async (_, at, metadata) => {
      const rewritten = await house.rewrite(CALLED_STREAM, (events) =>
        events.map((event, index) =>
          index === at ? { metadata: { ...event.metadata, ...metadata } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`calls ${CALLED_STREAM} ${at}`]);
    });

    it('by its instants: a payment runs backwards', async () => {
      const rewritten = await house.rewrite(CALLED_STREAM, (events) =>
        events.map((event, index) =>
          index === 3 ? { metadata: { ...event.metadata, at: '2026-02-01T00:00:00.000Z' } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`instants ${CALLED_STREAM} 3`]);
    });

    it('by its name: a payment stands in the stream of another', async () => {
      const rewritten = await house.rewrite(CALLED_STREAM, (events) =>
        events.map(({ data }, index) =>
          index === 0 ? { data: { ...data, paymentId: 'pay_other' } } : {},
        ),
      );
      await house.rewriteAudit(rewritten);
      expect(await house.found('--quick')).toEqual([`fold ${CALLED_STREAM} 0`]);
    });

    it("by what joins: a gateway's settings, and a key", async () => {
      await house.rewriteAudit(
        await house.rewrite(GATEWAY_STREAM, (events) => changedAfter(events, 0, { weight: 9 })),
      );
      await house.rewriteAudit(
        await house.rewrite(keysStream, (events) => changedAfter(events, 0, { role: 'admin' })),
      );
      expect(await house.found('--quick')).toEqual([
        `fold ${keysStream} 1`,
        `fold ${GATEWAY_STREAM} 1`,
      ]);
    });
  });

  it('by the audit: an event was slipped in where the audit has been', async () => {
    await slipIn(house, newEvents([dispute('DisputeOpened', '5')]));
    expect(await house.found('--quick')).toEqual([`added_events ${CALLED_STREAM} 5`]);
  });

  it('an answer of a call that was taken away', async () => {
    await house.pool.query(
      `update event_store.events set metadata = replace(metadata, $2, $3) where stream = $1 and revision = 2`,
      [CALLED_STREAM, `"answers":["${CALL_HASH}"]`, '"answers":[]'],
    );
    expect(await house.found('--quick')).toEqual([`hash_chain ${CALLED_STREAM} 2`]);
  });

  it.each([
    ['an instant that is none', '"at":"2026', '"at":"soon 2026'],
    ['no hash', '"hash":', '"cash":'],
  ])('an event with %s, which Postgres takes into no read model', async (_, from, to) => {
    await house.pool.query(
      `update event_store.events set metadata = replace(metadata, $2, $3) where stream = $1 and revision = 0`,
      [CALLED_STREAM, from, to],
    );
    const found = await house.found();
    expect(found).toContain(`hash_chain ${CALLED_STREAM} 0`);
    expect(found.some((finding) => finding.startsWith('read_models'))).toBe(true);
  });

  it.each(['data', 'metadata'])('%s that is no JSON, and says where it stopped', async (column) => {
    await house.pool.query(
      `update event_store.events set ${column} = '{' where stream = $1 and revision = 3`,
      [CALLED_STREAM],
    );
    await expect(house.run()).rejects.toThrow(
      new RegExp(`^${CALLED_STREAM}, revision 3, position [0-9a-f]{32}: was altered`),
    );
    await expect(house.store.readStream(CALLED_STREAM)).rejects.toThrow(EventUnreadable);
  });

  it('an id that another stream has as well', async () => {
    const [first] = await house.store.readStream(CALLED_STREAM);
    await house.rewrite('payment-pay_2', (events) => events);
    await house.pool.query(
      `update event_store.events set id = $1 where stream = 'payment-pay_2' and revision = 2`,
      [first?.id],
    );
    expect(await house.found('--quick')).toContain('event_ids payment-pay_2 2');
  });

  it.each([
    ['an open intent that nobody would ask about (I-12)', OPEN_STREAM, "a gateway's word since"],
    ['a timer that nobody would look at (I-34)', HELD_STREAM, 'has a capture due at 2026-03-01T12'],
  ])('%s', async (_, stream, message) => {
    await house.pool.query(`delete from due_payments where payment_id = $1`, [paymentIdOf(stream)]);
    expect(await house.findings('--quick')).toEqual([
      expect.objectContaining({
        check: 'due_payments',
        stream,
        message: expect.stringContaining(message),
      }),
    ]);
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
});

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
  const last = (await house.store.readStream(CALLED_STREAM)).at(-1);
  const [event] = events;
  if (last === undefined || event === undefined) throw new Error('there is something to add');
  const at = last.metadata.at;
  const revision = last.revision + 1;
  const placed = {
    ...event,
    stream: CALLED_STREAM,
    revision,
    metadata: { ...event.metadata, at, hash: '' },
  };
  const metadata = { ...placed.metadata, hash: hashOf(last.metadata.hash, placed) };
  await house.pool.query(
    `insert into event_store.events (transaction, place, stream, revision, id, type, version, data, metadata)
     select transaction, place + 1000, $1, $2, $3, $4, $5, $6, $7 from event_store.events
      where stream = $1 and revision = $2 - 1`,
    [
      CALLED_STREAM,
      revision,
      event.id,
      event.type,
      event.version,
      JSON.stringify(event.data),
      JSON.stringify(metadata),
    ],
  );
}
