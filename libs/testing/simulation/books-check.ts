import type { Payment } from '../../payments/payment.state.js';
import { leftToCapture } from '../../payments/payment.totals.js';
import type { Account } from '../model-gateway-books.js';
import type { GatewayWorld } from './gateway-world.js';
import type { World } from './world.js';

/** I-13: once all is quiet the gateways' books and the streams say the same, both ways. */
export function checkBooks(
  world: World,
  payments: ReadonlyMap<string, Payment>,
  gateways: ReadonlyMap<string, GatewayWorld>,
): void {
  const accounts = accountsByPayment(world, payments, gateways);
  for (const payment of payments.values()) {
    const own = baseOf(payment, gateways);
    const say = (text: string) =>
      world.violated(`I-13: ${payment.id} (${payment.status}): ${text}`);
    const captured = own?.captured ?? 0n;
    if (captured !== payment.amountCaptured) {
      say(`captured ${payment.amountCaptured} here, ${captured} in the books`);
    }
    const refunded = own?.refunded ?? 0n;
    if (refunded !== payment.amountRefunded) {
      say(`refunded ${payment.amountRefunded} here, ${refunded} in the books`);
    }
    const disputed = own?.disputed ?? 0n;
    if (disputed !== payment.amountChargedBack) {
      say(`charged back ${payment.amountChargedBack} here, ${disputed} in the books`);
    }
    if (own?.state === 'held' && leftToCapture(payment) === 0n) {
      say(`${own.reference} is still held and nothing here knows of it`);
    }
    for (const { key, said, stands } of unsettled(payment, gateways)) {
      say(`${key} is ${said} here, ${stands} in the books`);
    }
    for (const account of accounts.get(payment.id) ?? []) {
      if (account !== own && keeps(account)) say(`${account.reference} keeps money beside it`);
    }
  }
}

function accountsByPayment(
  world: World,
  payments: ReadonlyMap<string, Payment>,
  gateways: ReadonlyMap<string, GatewayWorld>,
): ReadonlyMap<string, readonly Account[]> {
  const known = new Set([...payments.values()].map(({ id }) => id));
  const accounts = new Map<string, Account[]>();
  for (const { name, model } of gateways.values()) {
    for (const [key, { call }] of model.books.entries) {
      const paymentId = call.paymentId ?? '';
      if (!known.has(paymentId)) {
        world.violated(`I-13: ${name} has ${call.operation} ${key} of a payment that is not here`);
      }
      const account = model.books.accounts.get(`${name}:${key}`);
      if (account === undefined) continue;
      accounts.set(paymentId, [...(accounts.get(paymentId) ?? []), account]);
    }
  }
  return accounts;
}

function baseOf(
  payment: Payment,
  gateways: ReadonlyMap<string, GatewayWorld>,
): Account | undefined {
  const base = payment.base === null ? undefined : payment.operations[payment.base - 1];
  if (base === undefined) return undefined;
  return gateways.get(base.gateway)?.model.books.accounts.get(`${base.gateway}:${base.key}`);
}

/** Money taken of which we think otherwise than its gateway that it was settled. */
function unsettled(payment: Payment, gateways: ReadonlyMap<string, GatewayWorld>) {
  return payment.operations.flatMap((operation) => {
    if (!('settlement' in operation) || operation.outcome !== 'approved') return [];
    const { key, gateway, settlement: said } = operation;
    const stands = gateways.get(gateway)?.model.books.entries.get(key)?.settlement;
    return said === stands ? [] : [{ key, said, stands }];
  });
}

/** What an account still has of the customer: held, or taken and not given back. */
function keeps(account: Account): boolean {
  if (account.byHand) return false;
  if (account.state === 'held' || account.state === 'action') return true;
  return account.captured - account.refunded - account.disputed > 0n;
}
