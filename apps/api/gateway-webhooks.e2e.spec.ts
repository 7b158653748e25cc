import { StoreUnavailable } from '../../libs/event-store/event-store.js';
import { webhookHeaders } from '../../libs/platform/webhook-signature.js';
import { eventually } from '../../libs/testing/eventually.js';
import {
  openGatewayHouse,
  WEBHOOK_SECRET,
  type GatewayHouse,
} from '../../libs/testing/gateway-house.js';

interface Fact {
  readonly id: string;
  readonly type: string;
  readonly payment_id: string;
}

describe('webhooks of gateways', () => {
  let house: GatewayHouse;
  beforeAll(async () => {
    house = await openGatewayHouse(['alpha'], { GATEWAY_TIMEOUT_MS: '1000' });
  });
  afterAll(() => house.close());
  afterEach(() => house.steer('DELETE', '/alpha/faults'));

  async function typesOf(paymentId: string): Promise<string[]> {
    return (await house.store.readStream(`payment-${paymentId}`)).map(({ type }) => type);
  }

  /** Facts of one payment, in the feed's order. */
  async function factsOf(paymentId: string): Promise<Fact[]> {
    const { data } = (await house.steer('GET', '/alpha/facts?limit=500')) as { data: Fact[] };
    return data.filter((fact) => fact.payment_id === paymentId);
  }

  async function send(
    body: string,
    {
      id = 'fct_x',
      agedS = 0,
      gateway = 'alpha',
      sent = body,
    }: { id?: string; agedS?: number; gateway?: string; sent?: string } = {},
  ) {
    const timestampS = Math.floor(Date.now() / 1000) - agedS;
    const headers = webhookHeaders({ id, timestampS, body }, WEBHOOK_SECRET);
    const answer = await fetch(`${house.apiUrl}/v1/gateways/${gateway}/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body: sent,
    });
    return { status: answer.status, body: (await answer.json()) as object };
  }

  const webhook = (fact: Fact) => JSON.stringify({ type: fact.type, data: fact });

  it('bring facts at once, without anybody reading the feed', async () => {
    const paid = await house.pay({
      payment_method: { type: 'card', token: 'tok_action_required' },
    });
    const { url } = paid.body['next_action'] as { url: string };
    await fetch(`${url}?result=success`);
    await eventually(async () => expect(await typesOf(paid.body.id)).toContain('PurchaseApproved'));
    await house.steer('POST', '/alpha/disputes', { payment_id: paid.body.id, amount: 100 });
    await eventually(async () => expect(await typesOf(paid.body.id)).toContain('DisputeOpened'));
    const events = await house.store.readStream(`payment-${paid.body.id}`);
    expect(events.at(-1)?.metadata.actor).toBe('gateway:alpha');
  });

  it('are acknowledged twice, late and out of order, and change nothing then', async () => {
    const { body } = await house.pay({ capture_method: 'manual' });
    await house.steer('PUT', '/alpha/faults', {
      settlement_delay_ms: 1,
      webhook_duplicate_rate: 1,
      webhook_reorder_rate: 0.5,
    });
    await house.call('merchant', 'POST', `/v1/payments/${body.id}/capture`, {});
    await house.steer('POST', '/alpha/disputes', { payment_id: body.id, amount: 100 });
    await eventually(async () => expect(await factsOf(body.id)).toHaveLength(2));
    const facts = await factsOf(body.id);
    for (const fact of [...facts].reverse()) {
      expect(await send(webhook(fact))).toMatchObject({ status: 200, body: { received: 1 } });
    }
    const known = await typesOf(body.id);
    for (const fact of facts) expect(await send(webhook(fact))).toMatchObject({ status: 200 });
    expect(await typesOf(body.id)).toEqual(known);
    expect(known.filter((type) => type === 'CaptureSettled')).toHaveLength(1);
    expect(known.filter((type) => type === 'DisputeOpened')).toHaveLength(1);
  });

  it('are checked over the raw bytes', async () => {
    const body = '{ "data" : {},\n"type": "of no concern" }';
    expect(await send(body)).toMatchObject({ status: 200, body: { received: 0 } });
    const reformatted = JSON.stringify(JSON.parse(body));
    const refused = await send(body, { sent: reformatted });
    expect(refused).toMatchObject({ status: 401, body: { code: 'WEBHOOK_SIGNATURE_INVALID' } });
  });

  it.each([
    ['too old', { agedS: 301 }, 400, 'WEBHOOK_TOO_OLD'],
    ['from the future', { agedS: -310 }, 400, 'WEBHOOK_TOO_OLD'],
    ['for a gateway that is none', { gateway: 'nobody' }, 404, 'GATEWAY_NOT_FOUND'],
  ])('are refused when %s', async (_why, how, status, code) => {
    expect(await send('{"type":"x","data":{}}', how)).toMatchObject({ status, body: { code } });
  });

  it.each(['no JSON', '[]', '{"type":"settled","data":{}}'])(
    'are refused when signed but unreadable: %s',
    async (body) => {
      expect(await send(body)).toMatchObject({ status: 400, body: { code: 'WEBHOOK_MALFORMED' } });
    },
  );

  it('of a payment that is not here are taken, so that nobody sends them for ever', async () => {
    const { body } = await house.pay();
    await house.steer('POST', '/alpha/disputes', { payment_id: body.id, amount: 100 });
    const [fact] = await factsOf(body.id);
    const stranger = { ...fact!, payment_id: `pay_${'0'.repeat(32)}` };
    expect(await send(webhook(stranger))).toMatchObject({ status: 200, body: { received: 1 } });
    expect(house.api.log()).toContain('a webhook about a payment that is not here');
  });

  it('are asked for again while the store is away, and then kept', async () => {
    const { body } = await house.pay();
    const { store } = house;
    store.readStream = () => Promise.reject(new StoreUnavailable('away'));
    try {
      await house.steer('POST', '/alpha/disputes', { payment_id: body.id, amount: 100 });
      const [fact] = await factsOf(body.id);
      expect(await send(webhook(fact!))).toMatchObject({
        status: 503,
        body: { code: 'STORE_UNAVAILABLE' },
      });
    } finally {
      Reflect.deleteProperty(store, 'readStream');
    }
    await eventually(async () => expect(await typesOf(body.id)).toContain('DisputeOpened'));
  });

  // The last one: after so many time-outs the gateway is left alone for a while.
  it('that overtake the answer of a call leave its payment decided once', async () => {
    await house.steer('PUT', '/alpha/faults', { settlement_delay_ms: 1 });
    const tokens = ['tok_approve', 'tok_timeout_after_effect', 'tok_reset_after_effect'];
    const paid = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const token = tokens[index % tokens.length];
        return house.pay({ payment_method: { type: 'card', token } });
      }),
    );
    for (const { status, body } of paid) {
      await eventually(async () => expect(await typesOf(body.id)).toContain('CaptureSettled'));
      const types = await typesOf(body.id);
      expect(types.filter((type) => type === 'PurchaseApproved')).toHaveLength(1);
      expect(types.filter((type) => type === 'PurchaseRequested')).toHaveLength(1);
      expect(types).not.toContain('FactUnmatched');
      const shown = await house.call('merchant', 'GET', `/v1/payments/${body.id}`);
      expect(shown.body).toMatchObject({ status: 'COMPLETED', amount_captured: 2500 });
      expect([201, 202]).toContain(status);
      expect(await house.booksOf(body.id)).toHaveLength(1);
    }
  });
});
