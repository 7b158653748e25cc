import { canonicalJson } from '../../event-store/canonical-json.js';
import type { RecordedEvent } from '../../event-store/event-store.js';
import { percentage, type Rate } from '../../money/percentage.js';
import type { GatewayPatch } from './gateway-profile.schema.js';

/** Bounds of one payment, in minor units as digits; null: none. */
export interface GatewayLimit {
  readonly currency: string;
  readonly min: string | null;
  readonly max: string | null;
}

/** What a gateway takes for one payment: minor units as digits, and percent as decimal text such as `1.4`. */
export interface GatewayCost {
  readonly currency: string;
  readonly fixed: string;
  readonly percent: string;
}

/** What is configured of a gateway; how it is reached, and its secrets, are environment. Null lists: all. */
export interface GatewayProfile {
  readonly name: string;
  readonly adapter: string;
  readonly enabled: boolean;
  readonly currencies: readonly string[] | null;
  readonly methods: readonly string[] | null;
  readonly countries: readonly string[] | null;
  readonly limits: readonly GatewayLimit[];
  readonly cost: readonly GatewayCost[];
  /** Factor on the total of the scores; 1 changes nothing. */
  readonly weight: number;
}

/** One change by an operator; who is in the event's metadata. */
export interface GatewayChanged {
  readonly type: 'GatewayChanged';
  readonly data: {
    readonly gateway: string;
    readonly reason: string | null;
    readonly before: GatewayProfile;
    readonly after: GatewayProfile;
  };
}

export const GATEWAY_EVENT_VERSION = 1;

export function gatewayStream(name: string): string {
  return `gateway-${name}`;
}

/** The first profile of a gateway: nothing was changed yet. */
export function initialProfile(
  gateway: { readonly name: string; readonly adapter: string },
  given: GatewayPatch = {},
): GatewayProfile {
  return {
    name: gateway.name,
    adapter: gateway.adapter,
    enabled: given.enabled ?? true,
    currencies: given.currencies ?? null,
    methods: given.methods ?? null,
    countries: given.countries ?? null,
    limits: given.limits ?? [],
    cost: given.cost ?? [],
    weight: given.weight ?? 1,
  };
}

/** The change that a valid patch leads to; null where it changes nothing. Pure. */
export function decideGatewayChange(
  before: GatewayProfile,
  { patch, reason }: { readonly patch: GatewayPatch; readonly reason: string | null },
): GatewayChanged | null {
  const given = Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<GatewayProfile>; // reason: the patch has only names and shapes of the profile
  const after: GatewayProfile = { ...before, ...given };
  if (canonicalJson(before) === canonicalJson(after)) return null;
  return { type: 'GatewayChanged', data: { gateway: before.name, reason, before, after } };
}

/** The profile after one more event of its stream. Name and adapter stay what the environment says. */
export function evolveGateway(profile: GatewayProfile, event: RecordedEvent): GatewayProfile {
  if (event.type !== 'GatewayChanged') return profile;
  // Gateway streams hold nothing else, and are hash-chained.
  const { after } = (event as unknown as GatewayChanged).data;
  return { ...after, name: profile.name, adapter: profile.adapter };
}

/** What the gateway takes for a payment, in minor units of its currency; null where nothing is configured for it. */
export function costOf(profile: GatewayProfile, amount: bigint, currency: string): bigint | null {
  const cost = profile.cost.find((entry) => entry.currency === currency);
  if (cost === undefined) return null;
  const { fixed, rate } = priceOf(cost);
  return fixed + percentage(amount, rate);
}

interface Price {
  readonly fixed: bigint;
  readonly rate: Rate;
}

/** A profile's costs never change within it, and are asked for with every payment. */
const PRICES = new WeakMap<GatewayProfile['cost'][number], Price>();

function priceOf(cost: GatewayProfile['cost'][number]): Price {
  const known = PRICES.get(cost);
  if (known !== undefined) return known;
  const [whole = '0', decimals = ''] = cost.percent.split('.');
  const rate = {
    numerator: BigInt(whole + decimals),
    denominator: 100n * 10n ** BigInt(decimals.length),
  };
  const price = { fixed: BigInt(cost.fixed), rate };
  PRICES.set(cost, price);
  return price;
}
