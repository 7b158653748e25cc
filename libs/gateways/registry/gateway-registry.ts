import type { EventStore } from '../../event-store/event-store.js';
import type { Clock } from '../../platform/clock.js';
import type { GatewayPatch } from './gateway-profile.schema.js';
import {
  decideGatewayChange,
  evolveGateway,
  GATEWAY_EVENT_VERSION,
  gatewayStream,
  type GatewayProfile,
} from './gateway-profile.js';
import type { Refreshable } from './settings-poll.js';
import { WatchedStream, type ChangeBy } from './watched-stream.js';

export interface GatewayChangeResult {
  readonly profile: GatewayProfile;
  /** Of the change, or of the one before where nothing was to be changed; null: nothing ever was. */
  readonly position: string | null;
}

/** The profiles of the configured gateways, in memory; a stream each once an operator changed something. */
export class GatewayRegistry implements Refreshable {
  readonly #streams: ReadonlyMap<string, WatchedStream<GatewayProfile>>;

  /** `profiles`: what the environment says; the order stays. */
  constructor(
    parts: { readonly store: EventStore; readonly clock: Clock },
    profiles: readonly GatewayProfile[],
  ) {
    this.#streams = new Map(
      profiles.map((profile) => {
        const stream = gatewayStream(profile.name);
        return [
          profile.name,
          new WatchedStream({ ...parts, stream, evolve: evolveGateway }, profile),
        ];
      }),
    );
  }

  all(): readonly GatewayProfile[] {
    return [...this.#streams.values()].map(({ state }) => state);
  }

  names(): readonly string[] {
    return [...this.#streams.keys()];
  }

  get(name: string): GatewayProfile | null {
    return this.#streams.get(name)?.state ?? null;
  }

  /** How often operators changed the profile; null for a gateway that is not configured. */
  version(name: string): number | null {
    return this.#streams.get(name)?.version ?? null;
  }

  /**
   * Changes the given parts of a profile, here at once and in other processes within about a second.
   * @returns null for a gateway that is not configured
   * @throws StoreUnavailable, OutcomeUnknown, StaleVersion, WrongRevision
   */
  async change(
    name: string,
    patch: GatewayPatch,
    by: ChangeBy,
  ): Promise<GatewayChangeResult | null> {
    const stream = this.#streams.get(name);
    if (stream === undefined) return null;
    const { reason } = by;
    const decide = (profile: GatewayProfile) => {
      const changed = decideGatewayChange(profile, { patch, reason });
      return changed && { ...changed, version: GATEWAY_EVENT_VERSION };
    };
    const position = (await stream.change(decide, by)) ?? stream.position;
    return { profile: stream.state, position };
  }

  /** @throws StoreUnavailable */
  async refresh(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.refresh()));
  }
}
