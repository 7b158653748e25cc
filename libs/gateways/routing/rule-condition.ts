import type { RoutingSubject } from '../gateway-directory.js';

/** A text equals, or is one of several. */
export type TextCondition = string | { readonly in: readonly string[] };

/** Bounds in minor units, as digits; `between` includes both ends. `currency` absent: of whatever currency. */
export interface AmountCondition {
  readonly currency?: string | undefined;
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
  readonly between?: readonly [string, string] | undefined;
}

export interface MetadataCondition {
  readonly key: string;
  readonly equals?: string | undefined;
  readonly in?: readonly string[] | undefined;
}

/** All that is named must hold; one that names nothing always holds. */
export interface RuleCondition {
  readonly amount?: AmountCondition | undefined;
  readonly currency?: TextCondition | undefined;
  readonly country?: TextCondition | undefined;
  readonly network?: TextCondition | undefined;
  readonly method?: TextCondition | undefined;
  readonly customer_id?: TextCondition | undefined;
  readonly merchant_id?: TextCondition | undefined;
  readonly order_id?: TextCondition | undefined;
  readonly metadata?: MetadataCondition | undefined;
  readonly all?: readonly RuleCondition[] | undefined;
  readonly any?: readonly RuleCondition[] | undefined;
  readonly not?: RuleCondition | undefined;
}

type Test = (subject: RoutingSubject) => boolean;

/** The condition as one function: what can be parsed beforehand is not parsed for every payment. */
export function compileCondition(condition: RuleCondition): Test {
  const tests = [
    amountTest(condition.amount),
    textTest(condition.currency, (subject) => subject.currency),
    textTest(condition.country, ({ paymentMethod }) => paymentMethod.country),
    textTest(condition.network, ({ paymentMethod }) => paymentMethod.network),
    textTest(condition.method, ({ paymentMethod }) => paymentMethod.type),
    textTest(condition.customer_id, ({ customerId }) => customerId),
    textTest(condition.merchant_id, ({ merchantId }) => merchantId),
    textTest(condition.order_id, ({ orderId }) => orderId),
    metadataTest(condition.metadata),
    ...(condition.all ?? []).map(compileCondition),
    anyTest(condition.any),
    notTest(condition.not),
  ].filter((test) => test !== null);
  return (subject) => tests.every((test) => test(subject));
}

function amountTest(condition: AmountCondition | undefined): Test | null {
  if (condition === undefined) return null;
  const { currency, between } = condition;
  const bounds: readonly ((amount: bigint) => boolean)[] = [
    bound(condition.lt, (amount, limit) => amount < limit),
    bound(condition.lte, (amount, limit) => amount <= limit),
    bound(condition.gt, (amount, limit) => amount > limit),
    bound(condition.gte, (amount, limit) => amount >= limit),
    bound(between?.[0], (amount, limit) => amount >= limit),
    bound(between?.[1], (amount, limit) => amount <= limit),
  ].filter((test) => test !== null);
  return (subject) =>
    (currency === undefined || subject.currency === currency) &&
    bounds.every((holds) => holds(subject.amount));
}

function bound(
  digits: string | undefined,
  holds: (amount: bigint, limit: bigint) => boolean,
): ((amount: bigint) => boolean) | null {
  if (digits === undefined) return null;
  const limit = BigInt(digits);
  return (amount) => holds(amount, limit);
}

function textTest(
  condition: TextCondition | undefined,
  read: (subject: RoutingSubject) => string | null,
): Test | null {
  if (condition === undefined) return null;
  const wanted = new Set(typeof condition === 'string' ? [condition] : condition.in);
  return (subject) => {
    const text = read(subject);
    return text !== null && wanted.has(text);
  };
}

function metadataTest(condition: MetadataCondition | undefined): Test | null {
  if (condition === undefined) return null;
  const { key, equals, in: list = [] } = condition;
  const wanted = new Set(equals === undefined ? list : [equals]);
  return ({ metadata }) => {
    const value = metadata !== null && Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    return value !== undefined && wanted.has(value);
  };
}

function anyTest(conditions: readonly RuleCondition[] | undefined): Test | null {
  if (conditions === undefined) return null;
  const tests = conditions.map(compileCondition);
  return (subject) => tests.some((test) => test(subject));
}

function notTest(condition: RuleCondition | undefined): Test | null {
  if (condition === undefined) return null;
  const test = compileCondition(condition);
  return (subject) => !test(subject);
}
