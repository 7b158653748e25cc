import type { EventStore, RecordedEvent } from '../../event-store/event-store.js';
import type { RoutingDecision, RoutingScores } from '../../payments/routing-decision.js';
import type { Clock } from '../../platform/clock.js';
import type { RoutingSubject } from '../gateway-directory.js';
import type { Refreshable } from '../registry/settings-poll.js';
import { WatchedStream, type ChangeBy } from '../registry/watched-stream.js';
import { compileCondition } from './rule-condition.js';
import { defaultWeights } from './routing-signals.js';
import type { RoutingRule, RoutingRulesInput } from './rules.schema.js';

/** One version of the rules. Version 0 was never set: no rules. */
export interface RuleSet {
  readonly version: number;
  readonly rules: readonly RoutingRule[];
  readonly weights: RoutingScores;
}

export type RoutingRulesEvent =
  | {
      readonly type: 'RoutingRulesChanged';
      readonly data: {
        readonly reason: string | null;
        readonly before: RuleSet;
        readonly after: RuleSet;
      };
    }
  /** `to`: the version whose content `after` has under a version of its own. */
  | {
      readonly type: 'RoutingRulesRolledBack';
      readonly data: {
        readonly reason: string | null;
        readonly to: number;
        readonly before: RuleSet;
        readonly after: RuleSet;
      };
    };

/** A version with who made it, when and why. */
export interface RuleSetVersion extends RuleSet {
  readonly at: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly rolledBackTo: number | null;
}

/** Where a set of rules is wrong; the pointer is RFC 6901 into `{"rules", "weights"}`. */
export interface RulesFault {
  readonly pointer: string;
  readonly detail: string;
}

export type RulesChangeResult =
  /** `position` empty: the same call changed them before, nothing was appended. */
  | { readonly outcome: 'changed'; readonly rules: RuleSet; readonly position: string }
  | { readonly outcome: 'invalid'; readonly faults: readonly RulesFault[] }
  | { readonly outcome: 'no_such_version' };

export const ROUTING_RULES_STREAM = 'routing-rules';
const ROUTING_RULES_EVENT_VERSION = 1;

const NO_RULES: RuleSet = { version: 0, rules: [], weights: defaultWeights() };

interface Compiled {
  readonly set: RuleSet;
  readonly tests: readonly {
    readonly applied: NonNullable<RoutingDecision['rule']>;
    readonly holds: (subject: RoutingSubject) => boolean;
  }[];
}

/** The routing rules in memory, a version an event. `gateways`: names that rules may speak of. */
export class RoutingRules implements Refreshable {
  readonly #stream: WatchedStream<Compiled>;
  readonly #gateways: ReadonlySet<string>;

  constructor(
    parts: { readonly store: EventStore; readonly clock: Clock },
    gateways: readonly string[],
  ) {
    this.#gateways = new Set(gateways);
    this.#stream = new WatchedStream(
      { ...parts, stream: ROUTING_RULES_STREAM, evolve },
      compile(NO_RULES),
    );
  }

  current(): RuleSet {
    return this.#stream.state.set;
  }

  /** The first rule whose conditions hold for the payment; null: none. */
  ruleFor(subject: RoutingSubject): RoutingDecision['rule'] {
    return this.#stream.state.tests.find(({ holds }) => holds(subject))?.applied ?? null;
  }

  /** A new version; weights that are not given stay. @throws what the event store throws */
  async change(input: RoutingRulesInput, by: ChangeBy): Promise<RulesChangeResult> {
    const faults = unknownGateways(input.rules, this.#gateways);
    if (faults.length > 0) return { outcome: 'invalid', faults };
    const { reason } = by;
    return await this.#append(by, ({ set: before }) => {
      const { rules, weights = before.weights } = input;
      const after = { version: before.version + 1, rules, weights };
      return { type: 'RoutingRulesChanged', data: { reason, before, after } };
    });
  }

  /** A new version with the content of an old one; gateways that are gone since are left alone. @throws what the event store throws */
  async rollback(version: number, by: ChangeBy): Promise<RulesChangeResult> {
    const wanted = (await this.versions()).find((known) => known.version === version);
    if (wanted === undefined) return { outcome: 'no_such_version' };
    const { rules, weights } = wanted;
    const { reason } = by;
    return await this.#append(by, ({ set: before }) => {
      const after = { version: before.version + 1, rules, weights };
      return { type: 'RoutingRulesRolledBack', data: { reason, to: version, before, after } };
    });
  }

  /** Newest first, down to version 0. @throws StoreUnavailable */
  async versions(): Promise<readonly RuleSetVersion[]> {
    const events = await this.#stream.history();
    const first = { ...NO_RULES, at: null, actor: null, reason: null, rolledBackTo: null };
    return [first, ...events.map(versionOf)].reverse();
  }

  /** @throws StoreUnavailable */
  async refresh(): Promise<void> {
    await this.#stream.refresh();
  }

  async #append(
    by: ChangeBy,
    decide: (state: Compiled) => RoutingRulesEvent,
  ): Promise<RulesChangeResult> {
    let made: RuleSet | null = null;
    const position = await this.#stream.change((state) => {
      const event = decide(state);
      made = event.data.after;
      return { ...event, version: ROUTING_RULES_EVENT_VERSION };
    }, by);
    // Another version may have followed this one at once; a repeated call made none.
    return { outcome: 'changed', rules: made ?? this.current(), position: position ?? '' };
  }
}

function evolve(state: Compiled, event: RecordedEvent): Compiled {
  return event.type === 'RoutingRulesChanged' || event.type === 'RoutingRulesRolledBack'
    ? compile(dataOf(event).after)
    : state;
}

/** The stream holds nothing else, and is hash-chained. */
function dataOf(event: RecordedEvent): RoutingRulesEvent['data'] {
  return (event as unknown as RoutingRulesEvent).data;
}

function compile(set: RuleSet): Compiled {
  return {
    set,
    tests: set.rules.map(({ id, when, then }) => ({
      applied: { id, then },
      holds: compileCondition(when),
    })),
  };
}

function versionOf(event: RecordedEvent): RuleSetVersion {
  const data = dataOf(event);
  const { at, actor } = event.metadata;
  const rolledBackTo = 'to' in data ? data.to : null;
  return { ...data.after, at, actor, reason: data.reason, rolledBackTo };
}

function unknownGateways(
  rules: RoutingRulesInput['rules'],
  known: ReadonlySet<string>,
): readonly RulesFault[] {
  return rules.flatMap(({ then }, index) =>
    namesIn(then).flatMap(({ name, path }) =>
      known.has(name)
        ? []
        : [{ pointer: `/rules/${index}/then/${path}`, detail: `${name} is no gateway here` }],
    ),
  );
}

function namesIn(then: RoutingRule['then']): readonly { name: string; path: string }[] {
  if ('split' in then) {
    return then.split.map((share, at) => ({ name: share.gateway, path: `split/${at}/gateway` }));
  }
  return Object.entries(then).flatMap(([kind, names]) =>
    names.map((name, at) => ({ name, path: `${kind}/${at}` })),
  );
}
