import type { DescribedOperation } from './description.js';
import type { DescribedInstallation } from './described-installation.js';

/** Ids, cursors and positions that exist in an installation, for parameters that would hardly ever hit one. */
export interface KnownValues {
  /** Values of a parameter; empty: nothing is known of it. */
  of(operation: DescribedOperation, parameter: string): readonly string[];
  /** Puts back what an operation changes for all others. */
  restore(operation: string): Promise<void>;
}

/** Above it the installation holds a payment for review. */
export const REVIEW_ABOVE = 1_000_000;
const CUSTOMER = 'cus_known';
const ORDER = 'order_known';

const PAYMENTS: readonly object[] = [
  {},
  {},
  { capture_method: 'manual' },
  { capture_method: 'manual' },
  { capture_method: 'manual', amount: 90_000 },
  { payment_method: { type: 'card', token: 'tok_decline_insufficient_funds' } },
  { payment_method: { type: 'card', token: 'tok_decline_insufficient_funds' } },
  { payment_method: { type: 'card', token: 'tok_action_required' } },
  { payment_method: { type: 'card', token: 'tok_timeout_before_effect' } },
  { amount: REVIEW_ABOVE + 1, capture_method: 'manual' },
  { amount: REVIEW_ABOVE + 2, capture_method: 'manual' },
];

/** Makes payments in many states, and keys that nobody uses. */
export async function makeKnownValues(system: DescribedInstallation): Promise<KnownValues> {
  const { installation, call } = system;
  const { key } = installation;
  let sent = 0;
  const fresh = () => ({ 'idempotency-key': `known-${++sent}` });
  const payments = await Promise.all(
    PAYMENTS.map(async (over) => {
      const body = JSON.stringify({
        amount: 2500,
        currency: 'EUR',
        payment_method: { type: 'card', token: 'tok_approve' },
        customer_id: CUSTOMER,
        order_id: ORDER,
        ...over,
      });
      return await call('createPayment', { key: key.merchant, headers: fresh(), body });
    }),
  );
  const ids = payments.map(({ body }) => String(body['id']));
  const position = String(payments.at(-1)?.headers['tillstream-position']);
  const keyIds: string[] = [];
  for (let more = 0; more < 6; more++) {
    const body = JSON.stringify({ role: 'analyst', name: `known ${more}` });
    const made = await call('createKey', { key: key.admin, body });
    keyIds.push(String(made.body['id']));
  }
  const cursorOf = async (id: string) => {
    const query = { limit: '1', ...(LISTS_WAIT.has(id) && { min_position: position }) };
    const { body } = await call(id, { key: key.operator, query });
    return typeof body['next_cursor'] === 'string' ? [body['next_cursor']] : [];
  };
  const lists = ['listPayments', 'listAudit', 'listReviews', 'reportHistory', 'listEvents'];
  const cursors = new Map(
    await Promise.all(lists.map(async (id) => [id, await cursorOf(id)] as const)),
  );
  const settings = JSON.stringify({
    enabled: true,
    weight: 1,
    currencies: null,
    methods: null,
    countries: null,
    limits: [],
    cost: [],
  });
  return {
    of: ({ id, path }, parameter) => {
      if (parameter === 'cursor') return cursors.get(id) ?? [position];
      if (parameter === 'id') return path.startsWith('/v1/keys/') ? keyIds : ids;
      if (parameter === 'payment_id') return ids;
      return (
        VALUES[parameter] ??
        (parameter.endsWith('position') || parameter === 'after' ? [position] : [])
      );
    },
    restore: async (operation) => {
      if (operation !== 'changeGateway' && !operation.endsWith('RoutingRules')) return;
      for (const name of GATEWAYS) {
        await call('changeGateway', { key: key.operator, path: { name }, body: settings });
      }
      await call('setRoutingRules', { key: key.operator, body: '{"rules": []}' });
    },
  };
}

const GATEWAYS = ['alpha', 'bravo', 'charlie'];
const LISTS_WAIT = new Set(['listPayments', 'listAudit', 'listReviews', 'reportHistory']);
const VALUES: Readonly<Record<string, readonly string[]>> = {
  name: GATEWAYS,
  customer_id: [CUSTOMER],
  order_id: [ORDER],
  currency: ['EUR', 'USD'],
  actor: ['merchant:mer_local'],
  type: ['PaymentInitiated'],
  'If-Match': ['*', '"0"', '"1"', '"3"'],
};

/** Of bodies, by property. */
export const MEANINGFUL: Readonly<Record<string, readonly unknown[]>> = {
  amount: [2500, 1, 1_000, 100_000],
  currency: ['EUR', 'JPY', 'KWD'],
  token: ['tok_approve', 'tok_partial_approval', 'tok_action_required', 'tok_reset_after_effect'],
  capture_after_s: [undefined],
  version: [0, 1],
  gateway: GATEWAYS,
  merchant_id: [undefined, 'mer_known'],
  intent: [1, 2],
};
