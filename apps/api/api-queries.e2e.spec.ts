import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../libs/event-store/canonical-json.js';
import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { InvalidPosition } from '../../libs/event-store/position.js';
import { startTestApi, type TestApi } from '../../libs/testing/api-harness.js';
import { PaymentLog, purchase, refund } from '../../libs/testing/payment-log.js';
import { WHO_MAY, type OperationId } from './access-table.js';

const ID = 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f';
const AT = '2026-03-01T10:00:00.000Z';

interface EventPage {
  readonly data: RecordedEvent[];
  readonly next_cursor: string | null;
}

describe('queries over REST', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
    const log = new PaymentLog(api.store);
    const payment = { id: ID, merchantId: 'mer_one', at: AT };
    await log.append(ID, purchase(payment), AT);
    await log.append(ID, refund(payment, '500'), '2026-03-02T10:00:00.000Z');
  });
  afterAll(() => api.app.close());
  beforeEach(() => {
    api.readModels.seen.length = 0;
  });

  function get(url: string, role: keyof TestApi['key'] = 'merchant', headers: object = {}) {
    const authorization = `Bearer ${api.key[role]}`;
    return api.app.inject({ method: 'GET', url, headers: { authorization, ...headers } });
  }

  describe('a payment', () => {
    it('is folded from its stream, with its revision and place', async () => {
      const response = await get(`/v1/payments/${ID}`);
      expect(response.statusCode).toBe(200);
      expect(response.headers['etag']).toBe('"4"');
      expect(response.headers['tillstream-position']).toMatch(/^log_\w+\.[0-9a-f]{32}$/);
      expect(response.json()).toMatchObject({ id: ID, amount_refunded: 500, revision: 4 });
    });

    it.each([
      ['at=2026-03-01T12:00:00Z', 2, 0],
      ['at=2026-03-01T13:00:00%2B01:00', 2, 0],
      ['at=2026-03-01T10:00:00.000Z', 0, 0],
      ['at=2099-01-01T00:00:00Z', 4, 500],
      ['revision=3', 3, 0],
      ['revision=4', 4, 500],
    ])('is shown as it was: %s', async (query, revision, amountRefunded) => {
      const response = await get(`/v1/payments/${ID}?${query}`);
      expect(response.headers['etag']).toBe(`"${revision}"`);
      expect(response.json()).toMatchObject({ revision, amount_refunded: amountRefunded });
    });

    it.each([
      ['at=2026-02-28T00:00:00Z', 404],
      ['revision=5', 404],
      ['revision=-1', 400],
      ['revision=1.5', 400],
      ['revision=999999999999999999999', 400],
      ['at=yesterday', 400],
      ['at=2026-02-30T00:00:00Z', 400],
      ['at=2026-03-01T10:00:00', 400],
      ['at=', 400],
      ['at=2026-03-01T10:00:00Z&revision=1', 400],
      ['revision=1&revision=2', 400],
    ])('is not shown as of %s: %i', async (query, status) => {
      const response = await get(`/v1/payments/${ID}?${query}`);
      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it.each([
      ['at=2026-02-28T00:00:00Z', 'The payment was not there yet at that instant.'],
      ['revision=5', 'The payment has only come to revision 4.'],
    ])('that is there is not denied where it was not as of %s', async (query, detail) => {
      const { body } = await get(`/v1/payments/${ID}?${query}`);
      expect(JSON.parse(body)).toMatchObject({ status: 404, code: 'PAYMENT_NOT_FOUND', detail });
    });

    it('I-35: is not there for another merchant, as one that never was', async () => {
      const past = ['?at=2026-03-01T12:00:00Z', '?at=2026-02-28T00:00:00Z'];
      for (const path of ['', '/events', ...past, '?revision=0', '?revision=5']) {
        const theirs = await get(`/v1/payments/${ID}${path}`, 'merchant_2');
        const nobodys = await get(`/v1/payments/pay_${'1'.repeat(32)}${path}`, 'merchant_2');
        expect(theirs.statusCode).toBe(404);
        const { correlation_id: _one, ...problem } = theirs.json();
        const { correlation_id: _other, ...otherProblem } = nobodys.json();
        expect(problem).toEqual(otherProblem);
      }
    });

    it.each([
      'pay_1',
      'key_1',
      '%00',
      '..%2F..%2Fkeys',
      'x'.repeat(200),
      "' or 1=1 --",
      'payment-',
    ])('is not found under the id %p', async (id) => {
      const response = await get(`/v1/payments/${encodeURI(id)}`);
      expect([400, 404]).toContain(response.statusCode);
      expect(response.json()).toHaveProperty('code');
    });
  });

  describe('events', () => {
    it('of a payment come in pages, in order', async () => {
      const seen: number[] = [];
      let query = '?limit=2';
      for (;;) {
        const page = (await get(`/v1/payments/${ID}/events${query}`)).json() as EventPage;
        seen.push(...page.data.map(({ revision }) => revision));
        if (page.next_cursor === null) break;
        query = `?limit=2&cursor=${page.next_cursor}`;
      }
      expect(seen).toEqual([0, 1, 2, 3, 4]);
    });

    it('of a payment are traced to what caused them, each behind its cause', async () => {
      const answer = await get(`/v1/payments/${ID}/trace`, 'auditor');
      const { data } = answer.json() as {
        data: {
          id: string;
          revision: number;
          cause: { kind: string; id: string };
          depth: number;
        }[];
      };
      expect(new Set(data.map(({ revision }) => revision))).toEqual(new Set([0, 1, 2, 3, 4]));
      const seen = new Map<string, number>();
      for (const { id, cause, depth } of data) {
        expect(cause.kind).toBe(seen.has(cause.id) ? 'event' : 'request');
        expect(depth).toBe((seen.get(cause.id) ?? -1) + 1);
        seen.set(id, depth);
      }
      expect((await get(`/v1/payments/${ID}/trace`, 'merchant')).statusCode).toBe(403);
    });

    it('of the whole log prove their hash chain with what is shown', async () => {
      const heads = new Map<string, string>();
      let after = '';
      let count = 0;
      for (;;) {
        const page = (await get(`/v1/events?limit=3${after}`, 'auditor')).json() as EventPage;
        for (const { stream, revision, id, type, version, data, metadata } of page.data) {
          const { hash, ...rest } = metadata;
          const form = [heads.get(stream) ?? '', stream, revision, id, type, version, data, rest];
          expect(createHash('sha256').update(canonicalJson(form)).digest('hex')).toBe(hash);
          heads.set(stream, hash);
          count++;
        }
        if (page.next_cursor === null) break;
        after = `&after=${page.next_cursor}`;
      }
      // Six keys and the payment's five events.
      expect(count).toBe(11);
    });

    it('answer 400 to a place that the store can not go on from', async () => {
      const lost = jest.spyOn(api.store, 'readAll');
      // As EventStoreDB says of a place between two events.
      lost.mockRejectedValue(new InvalidPosition('no event stands there'));
      const after = `${await api.store.logId()}.${'0'.repeat(31)}1`;
      const response = await get(`/v1/events?after=${after}`, 'auditor');
      lost.mockRestore();
      expect(response.json()).toMatchObject({ status: 400, code: 'POSITION_INVALID' });
    });

    it.each([
      ['after=abc', 'POSITION_INVALID'],
      [`after=log_000000000000.${'0'.repeat(32)}`, 'POSITION_OF_ANOTHER_LOG'],
      ['limit=0', 'VALIDATION_FAILED'],
      ['limit=101', 'VALIDATION_FAILED'],
      ['limit=1e1', 'VALIDATION_FAILED'],
      ['after=a&cursor=b', 'VALIDATION_FAILED'],
    ])('refuse %s', async (query, code) => {
      expect((await get(`/v1/events?${query}`, 'auditor')).json()).toMatchObject({
        status: 400,
        code,
      });
    });
  });

  describe('lists and reports', () => {
    it('I-35: ask for the merchant alone that calls, whatever it filters for', async () => {
      const urls = [
        '/v1/payments?customer_id=cus_of_another',
        '/v1/audit?payment_id=pay_of_another',
        '/v1/reports/history?customer_id=cus_of_another',
        '/v1/reports/statements?customer_id=cus_of_another&currency=EUR',
      ];
      for (const url of urls) {
        expect((await get(url, 'merchant_2')).statusCode).toBe(200);
        expect(api.readModels.seen.at(-1)).toMatchObject({ tenant: 'mer_two' });
        expect((await get(url, 'operator')).statusCode).toBe(200);
        expect(api.readModels.seen.at(-1)).toMatchObject({ tenant: null });
      }
    });

    it('pass filters on', async () => {
      await get(
        '/v1/payments?status=FAILED&order_id=o&created_from=2026-01-01T01:00:00%2B01:00&created_to=2026-02-01T00:00:00Z&open_operation=unknown&older_than_s=60&limit=7&cursor=abc',
      );
      expect(api.readModels.seen).toEqual([
        {
          tenant: 'mer_one',
          status: 'FAILED',
          customerId: undefined,
          orderId: 'o',
          createdFrom: '2026-01-01T00:00:00.000Z',
          createdTo: '2026-02-01T00:00:00.000Z',
          openOperation: 'unknown',
          olderThanS: 60,
          limit: 7,
          cursor: 'abc',
        },
      ]);
    });

    it.each([
      '/v1/payments?status=DONE',
      '/v1/payments?merchant_id=mer_two',
      '/v1/payments?limit=',
      '/v1/payments?created_from=2026-01-01',
      '/v1/payments?older_than_s=-1',
      '/v1/payments?__proto__=1',
      '/v1/payments?constructor[prototype]=1',
      '/v1/reports/statements?customer_id=c',
      '/v1/reports/statements?customer_id=c&currency=eur',
      '/v1/reports/statements?customer_id=c&currency=EUR&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      '/v1/audit?from=0000-00-00T00:00:00Z',
    ])('refuse %s', async (url) => {
      const response = await get(url);
      expect(response.json()).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
        errors: [{ parameter: expect.any(String), detail: expect.any(String) }],
      });
    });

    it('refuse a cursor that was not given by them', async () => {
      api.readModels.failure = Object.assign(new Error('x'), { code: 'INVALID_CURSOR' });
      expect((await get('/v1/payments?cursor=x')).statusCode).toBe(400);
      api.readModels.failure = null;
    });

    it.each([
      ['text/csv', true],
      ['text/csv, application/json', true],
      ['text/csv, */*;q=0.1', true],
      ['text/csv;q=0.2, application/json;q=0.1', true],
      ['text/csv;header=present;q=0.3', true],
      ['TEXT/CSV', true],
      ['text/*', true],
      ['application/json, text/csv;q=0.5', false],
      ['text/csv;q=0.1, application/json', false],
      ['text/csv;q=0.1,*/*', false],
      ['text/csv;q=0', false],
      ['text/csv;q=0, application/json', false],
      ['*/*', false],
      ['application/json', false],
    ])('are CSV for Accept %p: %p', async (accept, isCsv) => {
      for (const url of [
        '/v1/reports/history',
        '/v1/reports/statements?customer_id=c&currency=EUR',
      ]) {
        const { headers } = await get(url, 'merchant', { accept });
        expect(headers['content-type']).toMatch(isCsv ? /^text\/csv/ : /^application\/json/);
      }
    });
  });

  it('publishes the lifecycle', async () => {
    const response = await get('/v1/payment-lifecycle', 'analyst');
    expect(response.json().commands.AUTHORIZED.capture).toBe('accepted');
  });

  it('gives positions of read models as clients may use them', async () => {
    const { data } = (await get('/v1/projections', 'analyst')).json();
    expect(data[0].position).toBe(`${api.logId}.${'0'.repeat(31)}7`);
  });

  it('lets each role do what the convention says, and nothing else', () => {
    const commands: OperationId[] = [
      'confirmPayment',
      'capturePayment',
      'cancelPayment',
      'incrementAuthorization',
      'retryPayment',
      'refundPayment',
    ];
    const decisions: OperationId[] = ['approvePayment', 'rejectPayment', 'resolvePayment'];
    const keys: OperationId[] = ['createKey', 'getKey', 'revokeKey', 'rotateKey'];
    const reads: OperationId[] = [
      'getPayment',
      'listPayments',
      'getPaymentLifecycle',
      'reportHistory',
      'reportStatement',
    ];
    const own: OperationId[] = ['listPaymentEvents', 'listAudit'];
    const analysts: OperationId[] = [...reads, 'listProjections', 'listGateways', 'getGateway'];
    const auditors: OperationId[] = [...analysts, ...own, 'listEvents', 'tracePayment'];
    const settings: OperationId[] = [
      'listReviews',
      'changeGateway',
      'getRoutingRules',
      'setRoutingRules',
      'listRoutingRuleVersions',
      'rollBackRoutingRules',
      'simulateRouting',
    ];
    const operators = [...auditors, ...commands, ...decisions, ...settings];
    const expected = {
      merchant: ['createPayment', ...commands, ...reads, ...own],
      analyst: analysts,
      auditor: auditors,
      operator: operators,
      admin: [...operators, ...keys],
    };
    for (const [role, operations] of Object.entries(expected)) {
      const allowed = Object.entries(WHO_MAY)
        .filter(([, roles]) => (roles as readonly string[]).includes(role))
        .map(([operation]) => operation);
      expect(allowed.sort()).toEqual([...operations].sort());
    }
  });
});
