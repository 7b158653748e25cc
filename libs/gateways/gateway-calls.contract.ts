import { randomUUID } from 'node:crypto';
import type { DeclineCode } from '../payments/failure-codes.js';
import { derivedUuid } from '../platform/ids.js';
import type {
  GatewayAnswer,
  GatewayCall,
  GatewayFact,
  GatewayWord,
  PaymentGateway,
} from './payment-gateway.js';

/** What the suite needs around an adapter. */
export interface GatewayUnderTest {
  readonly gateway: PaymentGateway;
  readonly tokens: {
    readonly approve: string;
    readonly decline: { readonly token: string; readonly code: DeclineCode };
    readonly actionRequired: string;
    readonly timeoutAfterEffect: string;
    readonly timeoutBeforeEffect: string;
  };
  /** Whether money taken is settled in the same answer, as long as `settleAfter` says nothing else. */
  readonly settlesAtOnce: boolean;
  /** The most that one payment may be, in minor units of EUR. */
  readonly amountMax: bigint;
  /** Plays the customer on the page of `redirectUrl`. */
  act(redirectUrl: string, result: 'success' | 'failure'): Promise<void>;
  /** Captures and purchases settle that much later; 0: at once. */
  settleAfter(delayMs: number): Promise<void>;
  /** Authorizations from now on last that long. */
  authorizeFor(ttlMs: number): Promise<void>;
  refundsSettleAfter(delayMs: number): Promise<void>;
  close(): Promise<void>;
}

export type Under = () => GatewayUnderTest;

const TIMEOUT_MS = 5_000;
const SOON_MS = 5_000;
const POLL_MS = 10;

/** Keys are UUID v5, as those of intents are. */
function newKey(): string {
  return derivedUuid(randomUUID());
}

export function charge(
  operation: 'authorize' | 'purchase',
  token: string,
): GatewayCall & { readonly operation: 'authorize' | 'purchase' } {
  return {
    operation,
    key: newKey(),
    paymentId: `pay_${randomUUID().replaceAll('-', '')}`,
    amount: 2500n,
    currency: 'EUR',
    paymentMethod: { type: 'card', token },
  };
}

type Follow =
  | { readonly operation: 'capture'; readonly final: boolean }
  | { readonly operation: 'increment' }
  | { readonly operation: 'refund' };

/** Every call made of it has a key of its own, unless it is spread into a new one. */
export function on(call: GatewayCall, reference: string, follow: Follow): GatewayCall {
  const { paymentId, amount, currency } = call;
  return { ...follow, key: newKey(), paymentId, amount, currency, reference };
}

export function voidOf(call: GatewayCall, reference: string | null): GatewayCall {
  const { paymentId, amount, currency, key: authorizationKey } = call;
  const key = newKey();
  return { operation: 'void', key, paymentId, amount, currency, reference, authorizationKey };
}

export async function authorized(under: Under) {
  const call = charge('authorize', under().tokens.approve);
  const { reference, expiresAt } = approved(await send(under, call));
  return { call, reference, expiresAt };
}

export function send(under: Under, call: GatewayCall): Promise<GatewayAnswer> {
  return under().gateway.send(call, TIMEOUT_MS);
}

export function ask(under: Under, call: GatewayCall): Promise<GatewayWord> {
  return under().gateway.ask(call, TIMEOUT_MS);
}

export function approved(word: GatewayWord): GatewayAnswer & { readonly outcome: 'approved' } {
  if (word.outcome !== 'approved')
    throw new Error(`approved was expected, not ${describeOf(word)}`);
  return word;
}

export function redirectOf(word: GatewayWord): string {
  if (word.outcome !== 'requires_action') throw new Error(`an action, not ${describeOf(word)}`);
  return word.redirectUrl;
}

function describeOf(word: GatewayWord): string {
  return 'message' in word ? `${word.outcome} (${word.message})` : word.outcome;
}

export function page(under: Under, cursor: string | null) {
  return under().gateway.facts(cursor, TIMEOUT_MS);
}

export async function endOfFeed(under: Under): Promise<string | null> {
  return (await feedFrom(under, null)).cursor;
}

/** Everything behind the cursor, and the cursor at its end. */
export async function feedFrom(under: Under, start: string | null) {
  const facts: GatewayFact[] = [];
  let read = await page(under, start);
  while (read.facts.length > 0) {
    facts.push(...read.facts);
    read = await page(under, read.cursor);
  }
  return { facts, cursor: read.cursor };
}

export async function factOf(
  under: Under,
  start: string | null,
  about: { readonly call: GatewayCall; readonly type: GatewayFact['kind']['type'] },
): Promise<GatewayFact> {
  const { call, type } = about;
  let found: GatewayFact | undefined;
  await eventually(async () => {
    const { facts } = await feedFrom(under, start);
    found = facts.find((fact) => fact.key === call.key && fact.kind.type === type);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('eventually would have thrown');
  expect(found.paymentId).toBe(call.paymentId);
  return found;
}

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${SOON_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
