import { ROLES } from '../../../libs/access/role.js';
import {
  DESCRIPTION,
  type DescribedInstallation,
} from '../../../libs/testing/described-api/described-installation.js';
import type { DescribedOperation } from '../../../libs/testing/described-api/description.js';
import type { Sent } from '../../../libs/testing/described-api/exchange.js';
import type { Answer } from '../../../libs/testing/described-api/judging.js';
import {
  anotherPayment,
  NO_SECRETS,
  nobody,
  thingsOf,
  type Things,
} from '../../../libs/testing/described-api/merchant-things.js';
import { placesOf, requestTo, withValue } from '../../../libs/testing/described-api/requests.js';

/**
 * Which thing of another merchant could stand at a place of a request; null: no id, and nothing that leads to one. Who
 * adds a parameter or a property says here what it may name; until then the suite fails.
 */
const MAY_NAME: Readonly<Record<string, keyof Things | null>> = {
  'path id': 'payment',
  'path name': null,
  'query payment_id': 'payment',
  'query customer_id': 'customer',
  'query order_id': 'order',
  'query actor': 'actor',
  'query cursor': 'cursor',
  'query after': 'position',
  'query min_position': 'position',
  'header Idempotency-Key': 'idempotencyKey',
  'header If-Match': null,
  'body customer_id': 'sharedCustomer',
  'body order_id': 'sharedOrder',
  ...Object.fromEntries(
    [
      ...['at', 'revision', 'status', 'created_from', 'created_to', 'from', 'to', 'limit', 'type'],
      ...['open_operation', 'older_than_s', 'currency', 'dry_run'],
    ].map((name) => [`query ${name}`, null]),
  ),
  ...Object.fromEntries(
    [
      ...['amount', 'currency', 'capture_method', 'capture_after_s', 'description', 'metadata'],
      ...['type', 'token', 'network', 'country', 'last4'].map((name) => `payment_method.${name}`),
      ...['customer_ip', 'customer_email', 'final', 'reason'],
    ].map((name) => [`body ${name}`, null]),
  ),
};

const NO_WORD_YET = 202;
const ASKED_MAX = 5;

const OF_MERCHANTS = DESCRIPTION.operations.filter(({ roles }) => roles.includes('merchant'));
const CASES = OF_MERCHANTS.flatMap((operation) =>
  placesOf(DESCRIPTION, operation).flatMap((place) => {
    const thing = MAY_NAME[place];
    return thing === null || thing === undefined
      ? []
      : [[operation.id, place, operation, thing] as const];
  }),
);

/** I-35: with the key of one merchant nothing of another is there, whatever names it. */
export function keepsTenantsApart(system: () => DescribedInstallation): void {
  let own: Things;
  let foreign: Things;
  let before: string;
  beforeAll(async () => {
    own = await thingsOf(system(), 'merchant');
    foreign = await thingsOf(system(), 'merchant_2');
    before = await eventsOf(foreign.payment);
  });

  it('I-35: it is known of each place in a request what it may name', () => {
    const places = new Set(OF_MERCHANTS.flatMap((operation) => placesOf(DESCRIPTION, operation)));
    expect([...places].filter((place) => MAY_NAME[place] === undefined)).toEqual([]);
  });

  it.each(CASES)(
    'I-35: %s with a %s of another merchant answers as with one of nobody',
    async (_id, place, operation, thing) => {
      const { key } = system().installation;
      const answer = async (things: Things) => {
        // A payment of its own for each command, so that one does not change what the other finds.
        const isCommand = operation.method === 'POST' && operation.path.includes('{id}');
        const payment =
          isCommand && place !== 'path id' ? await anotherPayment(system()) : own.payment;
        const request = {
          ...requestTo(DESCRIPTION, operation, { id: payment }),
          key: key.merchant,
        };
        return await send(operation, withValue(request, place, things[thing]), things[thing]);
      };
      const both = () => Promise.all([answer(foreign), answer({ ...foreign, ...nobody(foreign) })]);
      let [theirs, none] = await both();
      // 202 is the gateway's affair: it had not answered in time, whoever is named. Asked again, it has.
      for (let nth = 1; nth < ASKED_MAX && theirs.status !== none.status; nth += 1) {
        if (![theirs, none].some(({ status }) => status === NO_WORD_YET)) break;
        [theirs, none] = await both();
      }
      expect(theirs).toEqual(none);
    },
  );

  it('I-35: a customer of the same name is another one for each merchant', async () => {
    const { call, installation } = system();
    const query = { customer_id: own.sharedCustomer, min_position: foreign.position };
    for (const id of ['listPayments', 'reportHistory']) {
      const { text } = await call(id, { key: installation.key.merchant, query });
      expect([text.includes(own.sharedPayment), text.includes(foreign.sharedPayment)]).toEqual([
        true,
        false,
      ]);
    }
  });

  it('I-35: the payment of the other merchant is as it was', async () => {
    expect(await eventsOf(foreign.payment)).toBe(before);
  });

  it.each(
    DESCRIPTION.operations
      .filter(({ roles }) => roles.length > 0)
      .map((one) => [one.id, one] as const),
  )(
    '%s is for its roles alone, and says nothing to others of what there is',
    async (_id, operation) => {
      const { key } = system().installation;
      const unknown = `tsk_${'0'.repeat(32)}_${'0'.repeat(64)}`;
      for (const wrong of [
        null,
        unknown,
        key.admin.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      ]) {
        const answer = await send(operation, {
          ...requestTo(DESCRIPTION, operation, { id: own.payment }),
          key: wrong,
          body: '{',
        });
        expect(answer.status).toBe(401);
      }
      for (const role of ROLES.filter((one) => !operation.roles.includes(one))) {
        const to = (things: Things) => ({
          ...requestTo(DESCRIPTION, operation, { id: things.payment }),
          key: key[role],
          body: '{',
        });
        const there = await send(operation, to(own));
        const nowhere = await send(operation, to({ ...own, ...nobody(own) }));
        expect([role, there.status, there.body]).toEqual([role, 403, nowhere.body]);
      }
    },
  );

  /** What of an answer could tell something: everything but what differs from one request to the next. */
  async function send(operation: DescribedOperation, sent: Sent, named = '') {
    const { exchange, judge } = system();
    const hasBody = operation.body !== null;
    const answer = await exchange.send(operation, {
      ...sent,
      body: hasBody ? sent.body : undefined,
    });
    expect([judge(operation, answer), answer.text]).toEqual([[], answer.text]);
    const shown = answer.text.replaceAll(named === '' ? /(?!)/g : named, 'NAMED');
    for (const [name, value] of Object.entries(foreign)) {
      const isTheirs = !NO_SECRETS.has(name) && value !== named && shown.includes(value);
      expect([name, isTheirs]).toEqual([name, false]);
    }
    return {
      status: answer.status,
      replayed: answer.headers['idempotency-replayed'],
      body: comparable(answer, shown),
    };
  }

  async function eventsOf(payment: string): Promise<string> {
    const { call, installation } = system();
    const query = { limit: '100' };
    const path = { id: payment };
    return (await call('listPaymentEvents', { key: installation.key.auditor, path, query })).text;
  }
}

/** A list and a problem by their words; what the caller made itself by its shape, since it is another one each time. */
function comparable({ status }: Answer, shown: string): unknown {
  if (shown === '') return null;
  const body = JSON.parse(shown) as Record<string, unknown>;
  if (status >= 400) return { ...body, correlation_id: null };
  return 'data' in body
    ? { count: (body['data'] as unknown[]).length, isLast: body['next_cursor'] === null }
    : Object.keys(body);
}
