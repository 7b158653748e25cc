import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { jest } from '@jest/globals';
import { LOG_START } from '../../libs/event-store/event-store.js';
import { DamagedHouse } from '../../libs/testing/damaged-house.js';
import { PaymentLog } from '../../libs/testing/payment-log.js';

jest.setTimeout(120_000);

const STREAM = 'payment-pay_00000003'; // purchased and refunded in part

describe('tillstream verify', () => {
  let house: DamagedHouse;

  beforeAll(async () => {
    house = await DamagedHouse.open((store) => new PaymentLog(store).appendMany(0, 12));
  });

  afterEach(() => house.restore());
  afterAll(() => house?.close());

  async function positionOf(revision: number, stream = STREAM): Promise<string> {
    const event = (await house.store.readStream(stream))[revision];
    if (event === undefined) throw new Error('no such event');
    return event.position;
  }

  it('finds nothing where nothing is wrong, and shows how far it came', async () => {
    const { output, failed } = await house.run();
    expect(failed).toBe(false);
    expect(output).toMatch(/^verify: reading the log, \d+ of \d+ events\n/);
    expect(output).toContain('ok    read models, row by row');
    expect(output).toContain("-     gateways' books: no books were looked at");
    expect(output).toMatch(/All of it holds\.\n$/);
  });

  it('names an altered event, and every row that no longer agrees (I-9, I-28)', async () => {
    const position = await positionOf(2);
    await house.pool.query(
      `update event_store.events set data = replace(data, '"amount":"1003"', '"amount":"1002"')
        where stream = $1 and revision = 2`,
      [STREAM],
    );
    const findings = await house.findings();
    expect(findings[0]).toMatchObject({
      check: 'hash_chain',
      stream: STREAM,
      revision: 2,
      position,
    });
    expect(findings.map(({ check }) => check)).toContain('read_models');
  });

  it('names an event whose own hash was made to fit, by the one behind it and its witnesses', async () => {
    await house.pool.query(
      `update event_store.events set metadata = regexp_replace(metadata, '"hash":"[0-9a-f]{4}', '"hash":"0000')
        where stream = $1 and revision = 1`,
      [STREAM],
    );
    expect(await house.found('--quick')).toEqual([
      `hash_chain ${STREAM} 1`,
      `hash_chain ${STREAM} 2`,
      `removed_events ${STREAM} 1`,
    ]);
  });

  it('names a removed event by the gap, and by the audit that saw it', async () => {
    const position = await positionOf(1);
    await house.pool.query(`delete from event_store.events where stream = $1 and revision = 1`, [
      STREAM,
    ]);
    const findings = await house.findings('--quick');
    expect(findings).toMatchObject([
      { check: 'revisions', stream: STREAM, revision: 2 },
      { check: 'removed_events', stream: STREAM, revision: 1, position },
    ]);
  });

  it('names reordered events', async () => {
    await house.pool.query(
      `update event_store.events e set revision = 3 - e.revision
        where stream = $1 and revision in (1, 2)`,
      [STREAM],
    );
    const [first] = await house.findings('--quick');
    expect(first).toMatchObject({ check: 'revisions', stream: STREAM, revision: 2 });
  });

  it('names a removed tail by the audit', async () => {
    await house.pool.query(`delete from event_store.events where stream = $1 and revision >= 3`, [
      STREAM,
    ]);
    const all = await house.found('--quick');
    expect(all).toContain(`removed_events ${STREAM} 3`);
    expect(new Set(all.map((line) => line.split(' ')[0]))).toEqual(new Set(['removed_events']));
  });

  it('names a removed end of the whole log by the audit alone', async () => {
    const head = await house.store.head();
    const last = (await house.store.readAll(LOG_START, 1_000)).events.at(-1);
    await house.pool.query(`delete from event_store.events where id = $1`, [last?.id]);
    const findings = await house.findings('--quick');
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'removed_events', stream: last?.stream, position: head }),
    );
  });

  it('names a removed end by a seal alone, where the audit was cut as well', async () => {
    const seals = ['--quick', '--seals', house.sealsFile];
    expect(await house.found(...seals)).toEqual([]);
    expect(await house.found(...seals)).toEqual([]);
    await house.pool.query(`delete from event_store.events where stream = $1`, [STREAM]);
    await house.pool.query(`delete from audit_trail_v1 where stream = $1`, [STREAM]);
    const findings = await house.findings(...seals);
    expect(findings).toMatchObject([
      { check: 'removed_events', message: expect.stringContaining('5 of its events are gone') },
    ]);
  });

  it('says how far it was sealed, also where a kept copy can only be read', async () => {
    const seals = ['--quick', '--seals', house.sealsFile];
    expect((await house.run('--quick')).output).toContain('; no seals were looked at\n');
    expect((await house.run(...seals)).output).toContain('; there are no seals of this log\n');
    const head = await house.store.head();
    expect((await house.run(...seals)).output).toContain(`; sealed to ${head}\n`);
    await new PaymentLog(house.store).appendMany(100, 1);
    await chmod(house.folder, 0o755);
    await chmod(house.sealsFile, 0o444);
    const { output, failed } = await asNobody(() => house.run(...seals));
    expect(failed).toBe(false);
    expect(output).toContain(`; sealed to ${head}\n`);
    expect(output).toContain(`can't be written. What is behind them was not sealed.\n`);
  });

  it('takes no file of seals for a kept one that is not there, and makes none', async () => {
    const typo = `${house.sealsFile}.typo`;
    expect(await house.run('--quick', '--seals', typo)).toEqual({ output: '', failed: true });
    expect(existsSync(typo)).toBe(false);
  });

  it('names a whole stream that was removed', async () => {
    await house.pool.query(`delete from event_store.events where stream = $1`, [STREAM]);
    const revisions = [0, 1, 2, 3, 4];
    expect(await house.found('--quick')).toEqual(
      revisions.map((at) => `removed_events ${STREAM} ${at}`),
    );
  });

  it('names an id that stands twice', async () => {
    const other = 'payment-pay_00000001';
    await house.pool.query(
      `update event_store.events set id = (select id from event_store.events where stream = $1 and revision = 0)
        where stream = $2 and revision = 1`,
      [other, STREAM],
    );
    const all = await house.found('--quick');
    expect(all.filter((line) => line.startsWith('event_ids'))).toHaveLength(1);
  });

  it('names a row that was changed, one that is gone and one too many', async () => {
    await house.pool.query(
      `update payment_history_v1 set amount_captured = 1 where id = 'pay_00000001'`,
    );
    await house.pool.query(`delete from payment_history_v1 where id = 'pay_00000002'`);
    await house.pool.query(`update customer_statements_v1 set customer_id = 'cus_none'
      where payment_id = 'pay_00000003' and kind = 'refund'`);
    await house.pool.query(`insert into payment_history_v1
      select 'pay_none', merchant_id, customer_id, order_id, status, currency, amount, amount_authorized,
        amount_captured, amount_refunded, amount_charged_back, created_at, updated_at, revision,
        open_operation, open_since, view from payment_history_v1 where id = 'pay_00000001'`);
    const findings = await house.findings();
    expect(findings.map(({ stream, message }) => [stream, message])).toEqual([
      [STREAM, expect.stringMatching(/differs from what the events give, in customer_id$/)],
      [
        'payment-pay_00000001',
        'payment_history_v1: row pay_00000001 differs from what the events give, in amount_captured',
      ],
      ['payment-pay_none', expect.stringMatching(/pay_none stands there, the events give none$/)],
      ['payment-pay_00000002', expect.stringMatching(/pay_00000002 is missing/)],
    ]);
  });

  it('names a checkpoint ahead of the log, and one of another log', async () => {
    await house.pool.query(
      `update projection_versions set position = repeat('f', 32) where name = 'reviews'`,
    );
    await house.pool.query(
      `update projection_versions set log_id = 'log_other' where name = 'payment-history'`,
    );
    const findings = await house.findings('--quick');
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('read model payment-history, version 1, is of the log log_other'),
      expect.stringContaining('read model reviews, version 1, is ahead of the log'),
    ]);
  });
});

/** Root writes everywhere. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
