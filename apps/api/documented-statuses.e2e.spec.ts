import type { Response } from 'light-my-request';
import { WHO_MAY } from './access-table.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { ROUTES } from './routes/routes.js';
import { ROLES, type Role } from '../../libs/access/role.js';
import type { GatewayAnswer, GatewayFact } from '../../libs/gateways/payment-gateway.js';
import { startTestApi } from '../../libs/testing/api-harness.js';
import { NO_PAYMENT, paymentBody, routesHarness } from '../../libs/testing/routes-harness.js';
import { approval, DECLINED } from '../../libs/testing/scripted-gateway.js';

const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'no answer' };
const NO_KEY = `key_${'0'.repeat(32)}`;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('every documented status is reached', () => {
  const { store, alpha, api, limited, reached, newKey, send, ...payments } = routesHarness();
  const { create, authorized, purchased, underReview, cancelled, failed, alarmed } = payments;

  describe.each(ROUTES.map(({ spec }) => [spec.operation, spec] as const))(
    '%s',
    (operation, spec) => {
      it('refuses who has no key, no right, or asks too often', async () => {
        if (WHO_MAY[operation].length === 0) return; // who calls it needs no key
        await send(operation, 401, { headers: { authorization: 'Bearer tsk_0' } });
        const others = ROLES.filter(
          (role) => !(WHO_MAY[operation] as readonly Role[]).includes(role),
        );
        for (const role of others) await send(operation, 403, { role });
        const role = WHO_MAY[operation][0]!;
        const key = newKey();
        let response: Response;
        do {
          response = await limited.app.inject({
            method: spec.method,
            url: spec.path.replace(':id', NO_PAYMENT).replace(':name', 'alpha'),
            headers: { authorization: `Bearer ${limited.key[role]}`, 'idempotency-key': key },
          });
        } while (response.statusCode !== 429);
        expect(response.headers['retry-after']).toBe('1');
        reached.add(`${operation} 429`);
      });

      it('refuses what does not fit', async () => {
        await send(operation, 400, { query: '?surprise=1' });
        if (spec.method === 'DELETE') {
          await send(operation, 413, { headers: JSON_TYPE, payload: ' '.repeat(66_000) });
        }
        if (spec.body === null) return;
        await send(operation, 400, { body: '{' });
        await send(operation, 413, { body: `"${'x'.repeat(66_000)}"` });
        await send(operation, 415, { headers: { 'content-type': 'text/plain' } });
      });

      it('says so while the store is away', async () => {
        const fresh = await startTestApi({ store });
        store.away = true;
        try {
          alpha.webhook = { verdict: 'facts', facts: [settled(NO_PAYMENT)] };
          const by = operation === 'receiveGatewayWebhook' ? {} : { by: fresh };
          await send(operation, 503, by);
        } finally {
          store.away = false;
          alpha.webhook = { verdict: 'rejected', reason: 'malformed' };
          await fresh.app.close();
        }
      });
    },
  );

  it('createPayment', async () => {
    await send('createPayment', 200, { query: '?dry_run=true', body: paymentBody(), key: null });
    await send('createPayment', 201, { body: paymentBody(), key: 'once' });
    await send('createPayment', 422, { body: paymentBody({ amount: 1 }), key: 'once' });
    await send('createPayment', 412, { body: paymentBody(), headers: { 'if-match': '"5"' } });
    alpha.script(UNKNOWN);
    await create({}, 202);
    let answer: (value: GatewayAnswer) => void = () => undefined;
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    alpha.script((call) => {
      asked();
      return new Promise((resolve) => (answer = () => resolve(approval(call))));
    });
    const running = send('createPayment', 201, { body: paymentBody(), key: 'slow' });
    await isAsked;
    const meanwhile = await send('createPayment', 409, { body: paymentBody(), key: 'slow' });
    expect(meanwhile.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_FLIGHT' });
    answer(UNKNOWN);
    const first = await running;
    const repeat = await send('createPayment', 201, { body: paymentBody(), key: 'slow' });
    expect(repeat.headers['idempotency-replayed']).toBe('true');
    expect(repeat.body).toBe(first.body);
  });

  it('confirmPayment', async () => {
    alpha.script({ outcome: 'requires_action', reference: 'r', redirectUrl: 'http://127.0.0.1/' });
    const id = await create({}, 202);
    await send('confirmPayment', 202, { id });
    alpha.tell(alpha.sends.at(-1)!.key, approval(alpha.sends.at(-1)!));
    await send('confirmPayment', 200, { id });
    await send('confirmPayment', 404);
    await send('confirmPayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('confirmPayment', 409, { id: await cancelled() });
  });

  it('capturePayment', async () => {
    const id = await authorized();
    await send('capturePayment', 200, { id, body: { amount: 500 } });
    await send('capturePayment', 404);
    await send('capturePayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('capturePayment', 422, { id, body: { amount: 2001 } });
    alpha.script(DECLINED);
    const declined = await send('capturePayment', 422, { id, body: { amount: 1 }, key: 'decl' });
    const again = await send('capturePayment', 422, { id, body: { amount: 1 }, key: 'decl' });
    expect(declined.json()).toMatchObject({ code: 'CAPTURE_DECLINED' });
    expect(again.body).toBe(declined.body);
    alpha.script(UNKNOWN);
    await send('capturePayment', 202, { id, body: { amount: 1 } });
    await send('capturePayment', 409, { id });
  });

  it('cancelPayment', async () => {
    const id = await authorized();
    await send('cancelPayment', 404);
    await send('cancelPayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('cancelPayment', 200, { id, key: 'cancel' });
    await send('cancelPayment', 422, { id, key: 'cancel', body: { reason: 'other' } });
    await send('cancelPayment', 409, { id });
    const other = await authorized();
    alpha.script(UNKNOWN);
    await send('cancelPayment', 202, { id: other });
  });

  it('incrementAuthorization', async () => {
    const id = await authorized();
    await send('incrementAuthorization', 200, { id, body: { amount: 3000 } });
    await send('incrementAuthorization', 404, { body: { amount: 3000 } });
    await send('incrementAuthorization', 422, { id, body: { amount: 3000 } });
    const headers = { 'if-match': '"999"' };
    await send('incrementAuthorization', 412, { id, headers, body: { amount: 4000 } });
    alpha.script(UNKNOWN);
    await send('incrementAuthorization', 202, { id, body: { amount: 4000 } });
    await send('incrementAuthorization', 409, { id, body: { amount: 5000 } });
  });

  it('retryPayment', async () => {
    const id = await failed();
    await send('retryPayment', 404);
    await send('retryPayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('retryPayment', 200, { id, key: 'retry' });
    const payment_method = { type: 'card', token: 'tok_other' };
    await send('retryPayment', 422, { id, key: 'retry', body: { payment_method } });
    await send('retryPayment', 409, { id });
    const other = await failed();
    alpha.script(UNKNOWN);
    await send('retryPayment', 202, { id: other });
  });

  it('refundPayment', async () => {
    const id = await purchased();
    await send('refundPayment', 200, { id, query: '?dry_run=true' });
    await send('refundPayment', 201, { id, body: { amount: 500 } });
    await send('refundPayment', 404);
    await send('refundPayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('refundPayment', 422, { id, body: { amount: 2001 } });
    alpha.script(UNKNOWN);
    await send('refundPayment', 202, { id, body: { amount: 1 } });
    await send('refundPayment', 409, { id });
  });

  it('approvePayment', async () => {
    const id = await underReview();
    await send('approvePayment', 404);
    await send('approvePayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('approvePayment', 200, { id, key: 'approve' });
    await send('approvePayment', 422, { id, key: 'approve', body: { reason: 'other' } });
    await send('approvePayment', 409, { id });
    const other = await underReview();
    alpha.script(UNKNOWN);
    await send('approvePayment', 202, { id: other });
  });

  it('rejectPayment', async () => {
    const id = await underReview();
    await send('rejectPayment', 404);
    await send('rejectPayment', 412, { id, headers: { 'if-match': '"999"' } });
    await send('rejectPayment', 200, { id });
    await send('rejectPayment', 409, { id });
    alpha.script(approval, DECLINED);
    await send('rejectPayment', 422, { id: await alarmed() });
    const other = await alarmed();
    alpha.script(UNKNOWN);
    await send('rejectPayment', 202, { id: other });
  });

  it('resolvePayment', async () => {
    const operation = { intent: 1, outcome: 'declined' };
    const resolution = { reason: 'by hand', operation };
    await send('resolvePayment', 404, { body: resolution });
    await send('resolvePayment', 409, { id: await authorized(), body: { reason: 'r' } });
    alpha.script(UNKNOWN);
    const id = await create({}, 202);
    await send('resolvePayment', 412, { id, body: resolution, headers: { 'if-match': '"999"' } });
    await send('resolvePayment', 200, { id, body: resolution, key: 'resolve' });
    await send('resolvePayment', 422, { id, body: { reason: 'other' }, key: 'resolve' });
    const other = await alarmed();
    alpha.script(UNKNOWN);
    await send('rejectPayment', 202, { id: other });
    // The void was declined, says the operator: the payment is under review again.
    const ofVoid = { reason: 'by hand', operation: { ...operation, intent: 2 } };
    await send('resolvePayment', 202, { id: other, body: ofVoid });
  });

  it('gateways', async () => {
    await send('listGateways', 200);
    await send('getGateway', 200);
    await send('getGateway', 404, { name: 'nobody' });
    await send('changeGateway', 200, { body: { weight: 2, reason: 'cheap' } });
    await send('changeGateway', 404, { name: 'nobody' });
    const headers = { 'if-match': '"999"' };
    await send('changeGateway', 412, { headers });
    await send('setRoutingRules', 412, { headers, body: { rules: [] } });
    await send('rollBackRoutingRules', 412, { headers, body: { version: 0 } });
    store.contended = true;
    await send('changeGateway', 409, { body: { enabled: false } });
    await send('setRoutingRules', 409, { body: { rules: [] } });
    await send('rollBackRoutingRules', 409, { body: { version: 0 } });
    store.contended = false;
  });

  it('webhooks of gateways', async () => {
    const id = await purchased();
    alpha.webhook = { verdict: 'facts', facts: [settled(id), settled(NO_PAYMENT)] };
    const received = await send('receiveGatewayWebhook', 200);
    expect(received.json()).toEqual({ received: 2 });
    await send('receiveGatewayWebhook', 404, { name: 'nobody' });
    alpha.webhook = { verdict: 'rejected', reason: 'signature' };
    const forged = await send('receiveGatewayWebhook', 401);
    expect(forged.json()).toMatchObject({ code: 'WEBHOOK_SIGNATURE_INVALID' });
  });

  it('routing', async () => {
    const rules = [{ id: 'r1', then: { only: ['alpha'] } }];
    await send('setRoutingRules', 200, { body: { rules } });
    await send('getRoutingRules', 200);
    await send('listRoutingRuleVersions', 200);
    await send('simulateRouting', 200, { body: paymentBody() });
    await send('rollBackRoutingRules', 200, { body: { version: 0 }, key: 'back' });
    await send('rollBackRoutingRules', 422, { body: { version: 1 }, key: 'back' });
    await send('rollBackRoutingRules', 404, { body: { version: 99 } });
  });

  it('queries', async () => {
    const id = await purchased();
    await send('getPayment', 200, { id });
    await send('getPayment', 404);
    await send('listPaymentEvents', 200, { id });
    await send('listPaymentEvents', 404);
    await send('tracePayment', 200, { id });
    await send('tracePayment', 404);
    await send('getPaymentLifecycle', 200);
    await send('listEvents', 200);
    await send('listProjections', 200);
    const lists = [
      'listPayments',
      'listAudit',
      'listReviews',
      'reportHistory',
      'reportStatement',
    ] as const;
    const position = `min_position=${api.logId}.${'0'.repeat(32)}`;
    for (const list of lists) {
      const query = list === 'reportStatement' ? '?customer_id=c&currency=EUR&' : '?';
      await send(list, 200, { query: query + position });
      api.readModels.lagEvents = 3;
      const behind = await send(list, 409, { query: query + position });
      expect(behind.json()).toMatchObject({ code: 'READ_MODEL_BEHIND', lag_events: 3 });
      api.readModels.lagEvents = 0;
    }
    api.readModels.failure = Object.assign(new Error('large'), { code: 'REPORT_TOO_LARGE' });
    await send('reportStatement', 422, { query: '?customer_id=c&currency=EUR' });
    api.readModels.failure = null;
  });

  it('keys', async () => {
    const made = await send('createKey', 201, { body: { role: 'operator' }, key: 'key' });
    const { id } = made.json() as { id: string };
    const repeat = await send('createKey', 409, { body: { role: 'operator' }, key: 'key' });
    expect(repeat.json()).toMatchObject({ code: 'KEY_ALREADY_CREATED', id });
    const expires_at = '2026-01-01T00:00:00Z';
    const over = await send('createKey', 422, { body: { role: 'operator', expires_at } });
    expect(over.json()).toMatchObject({
      code: 'EXPIRES_IN_THE_PAST',
      errors: [{ pointer: '/expires_at', detail: 'must lie in the future' }],
    });
    const reused = await send('createKey', 422, { body: { role: 'admin' }, key: 'key' });
    expect(reused.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await send('getKey', 200, { id });
    await send('getKey', 404, { id: NO_KEY });
    await send('rotateKey', 201, { id, key: 'turn' });
    await send('rotateKey', 409, { id, key: 'turn' });
    await send('rotateKey', 422, { id, body: { overlap_s: 5 }, key: 'turn' });
    await send('rotateKey', 404, { id: NO_KEY });
    store.contended = true;
    await send('revokeKey', 409, { id });
    await send('rotateKey', 409, { id });
    store.contended = false;
    await send('revokeKey', 204, { id });
    await send('revokeKey', 404, { id: NO_KEY });
    await send('rotateKey', 409, { id });
  });

  it('no status of the description was left out, and none came that it does not name', () => {
    const { paths } = openApiDocument() as {
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    };
    const documented = Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ operationId, responses }) =>
        Object.keys(responses).map((status) => `${operationId} ${status}`),
      ),
    );
    expect([...reached].sort()).toEqual(documented.sort());
  });
});

/** As a gateway tells it. */
function settled(paymentId: string): GatewayFact {
  const at = new Date().toISOString();
  const money = { amount: 2500n, currency: 'EUR' };
  const of = { id: `fact-${paymentId}`, paymentId, key: 'key', reference: 'ref' };
  return { ...of, ...money, at, kind: { type: 'settled' } };
}
