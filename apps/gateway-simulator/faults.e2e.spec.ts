import { chargeBody, eventually, SimulatorClient } from './simulator-client.contract.js';

describe('steering a gateway', () => {
  let client: SimulatorClient;
  beforeAll(async () => {
    client = await SimulatorClient.start();
  });
  afterAll(() => client.close());
  afterEach(() => client.delete('/alpha/faults'));

  it.each([
    [{ error_rate: 1.1 }, 'error_rate'],
    [{ hang_rate: -0.1 }, 'hang_rate'],
    [{ drop_after_effect_rate: '1' }, 'drop_after_effect_rate'],
    [{ latency_ms: 1.5 }, 'latency_ms'],
    [{ authorization_ttl_ms: 0 }, 'authorization_ttl_ms'],
    [{ refund_fails_after_ms: null }, 'refund_fails_after_ms'],
    [{ latency: 5 }, 'not known'],
    [[], 'the body'],
    ['text', 'the body'],
  ])('refuses the faults %j with a sentence', async (faults, word) => {
    const answer = await client.put('/alpha/faults', faults);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(/^.{10,}\.$/);
    expect(answer.body.error.message).toContain(word);
  });

  it('shows what is set; a PUT sets all, a DELETE ends all, other gateways know nothing of it', async () => {
    await client.put('/alpha/faults', { latency_ms: 5, error_rate: 0.5 });
    await client.put('/alpha/faults', { latency_ms: 1 });
    const set = (await client.get('/alpha/faults')).body;
    expect(set).toMatchObject({ latency_ms: 1, error_rate: 0, authorization_ttl_ms: 604_800_000 });
    expect((await client.get('/beta/faults')).body.latency_ms).toBe(0);
    expect((await client.delete('/alpha/faults')).body.latency_ms).toBe(0);
  });

  it('error_rate answers 500 before the effect', async () => {
    await client.put('/alpha/faults', { error_rate: 1 });
    expect((await client.purchase('e')).status).toBe(500);
    expect((await client.get('/alpha/operations/e')).status).toBe(500);
    expect((await client.get('/alpha/facts')).status).toBe(500);
    expect(await client.books('e')).toEqual([]);
  });

  it('error_after_effect_rate answers 500 after it', async () => {
    await client.put('/alpha/faults', { error_after_effect_rate: 1 });
    expect((await client.purchase('ea')).status).toBe(500);
    expect(await client.books('ea')).toHaveLength(1);
  });

  it('drop_after_effect_rate cuts the connection after it', async () => {
    await client.put('/alpha/faults', { drop_after_effect_rate: 1 });
    await expect(client.purchase('da')).rejects.toThrow();
    await expect(client.get('/alpha/operations/da')).rejects.toThrow();
    expect(await client.books('da')).toHaveLength(1);
  });

  it('hang_rate never answers, performs nothing, and leaves the key free', async () => {
    await client.put('/alpha/faults', { hang_rate: 1 });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'h' };
    const body = JSON.stringify(chargeBody('h', 'tok_approve'));
    const signal = AbortSignal.timeout(300);
    const url = `${client.url}/alpha/purchases`;
    await expect(fetch(url, { method: 'POST', headers, body, signal })).rejects.toThrow();
    expect(await client.books('h')).toEqual([]);
    await client.delete('/alpha/faults');
    expect((await client.purchase('h')).status).toBe(200);
    expect(await client.books('h')).toHaveLength(1);
  });

  it('latency_ms delays the call, and its key is in use meanwhile', async () => {
    await client.put('/alpha/faults', { latency_ms: 1_500 });
    const first = client.purchase('l');
    const second = await client.purchase('l');
    expect([(await first).status, second.status].toSorted((one, other) => one - other)).toEqual([
      200, 409,
    ]);
  });

  it('refunds answer pending and then fail or succeed; the books list the end', async () => {
    const { reference } = (await client.purchase('p')).body;
    const refund = { payment_id: 'pay_p', reference, amount: '2000', currency: 'EUR' };
    await client.put('/alpha/faults', { refund_fails_after_ms: 2_000 });
    const pending = await client.post('/alpha/refunds', refund, 'p-1');
    expect(pending.body.status).toBe('pending');
    const over = await client.post('/alpha/refunds', refund, 'p-2');
    expect(over.body.status).toBe('declined'); // a pending one reserves its amount
    await eventually(async () => (await client.books('p')).length === 3);
    await client.put('/alpha/faults', { refund_settles_after_ms: 30 });
    await client.post('/alpha/refunds', refund, 'p-3');
    await eventually(async () => (await client.books('p')).length === 4);
    const ends = (await client.books('p')).slice(1).map((it) => [it.key, it.outcome]);
    expect(ends).toEqual([
      ['p-2', 'declined'],
      ['p-1', 'declined'],
      ['p-3', 'approved'],
    ]);
    expect((await client.post('/alpha/refunds', refund, 'p-1')).text).toBe(pending.text);
  });

  it('disputes open up to what was captured, end once, and stand in the feed', async () => {
    const open = (amount: unknown) =>
      client.post('/alpha/disputes', { payment_id: 'pay_dis', amount });
    expect((await open(1)).status).toBe(404);
    await client.purchase('dis');
    expect((await open(2501)).status).toBe(422);
    expect((await open(0)).status).toBe(400);
    const first = await open(2000);
    expect(first).toMatchObject({ status: 201, body: { status: 'open', amount: 2000 } });
    expect((await open('501')).status).toBe(422);
    const of = (verb: string) => client.post(`/alpha/disputes/${first.body.id}/${verb}`);
    expect((await of('win')).body.status).toBe('won');
    expect((await of('win')).status).toBe(200);
    expect((await of('lose')).status).toBe(409);
    const second = await open(2500);
    await client.post(`/alpha/disputes/${second.body.id}/lose`, {});
    const { data } = (await client.get('/alpha/facts')).body;
    const told = data.filter((it) => it.payment_id === 'pay_dis');
    expect(told.map((it) => [it.type, it.key, it.amount])).toEqual([
      ['dispute_opened', 'dis', '2000'],
      ['dispute_won', 'dis', '2000'],
      ['dispute_opened', 'dis', '2500'],
      ['dispute_lost', 'dis', '2500'],
    ]);
    expect((await client.post('/beta/disputes/dsp_00000000/win')).status).toBe(404);
  });

  it('the feed goes on behind a cursor, and starts over behind one of another feed', async () => {
    const all = (await client.get('/alpha/facts')).body;
    const first = (await client.get('/alpha/facts?limit=1')).body;
    expect(first).toMatchObject({ data: [all.data[0]], has_more: true });
    const rest = (await client.get(`/alpha/facts?after=${first.next_cursor}`)).body;
    expect(rest).toEqual({ ...all, data: all.data.slice(1) });
    const foreign = (await client.get('/alpha/facts?after=fct_00000000_1')).body;
    expect(foreign.data).toEqual(all.data);
    expect((await client.get('/alpha/facts?after=x')).status).toBe(400);
  });

  it.each([
    ['/alpha/purchases', {}, 'k'],
    ['/alpha/purchases', { ...chargeBody('v', 'tok_approve'), card_number: '1' }, 'k'],
    ['/alpha/purchases', chargeBody('v', 'tok_approve'), undefined],
    ['/books/purchases', chargeBody('v', 'tok_approve'), 'k'],
    ['/Alpha/purchases', chargeBody('v', 'tok_approve'), 'k'],
    ['/alpha/purchases', { ...chargeBody('v', 'tok_approve'), amount: 2 ** 60 }, 'k'],
    ['/alpha/purchases', { ...chargeBody('v', 'tok_approve'), amount: '1.5' }, 'k'],
    ['/alpha/voids', { payment_id: 'pay_v' }, 'k'],
  ])('refuses a malformed POST %s %j (key %s) with 400', async (path, body, key) => {
    const answer = await client.post(path, body, key);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(/\.$/);
    expect(await client.books('v')).toEqual([]);
  });

  it('answers 4xx, never 500, for what is no JSON', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'j' };
    for (const body of ['{"a', '{"__proto__":{}}', '', 'null']) {
      const answer = await fetch(`${client.url}/alpha/purchases`, {
        method: 'POST',
        headers,
        body,
      });
      expect(answer.status).toBe(400);
    }
  });

  it('shows its metrics', async () => {
    expect((await client.get('/metrics')).text).toMatch(
      /tillstream_gateway_simulator_effects\S* \d/,
    );
    expect((await client.get('/health/live')).status).toBe(200);
  });
});
