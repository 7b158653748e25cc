import type { Choose } from '../seeded-random.js';

/** Everything that can go wrong here; a run counts what it met. */
export const FAULT_KINDS = [
  // nodes
  'api_crashed',
  'worker_crashed',
  'node_paused',
  'clock_moved',
  'second_leader',
  // event store
  'store_away',
  'append_refused',
  'append_unknown_stored',
  'append_unknown_lost',
  'append_late',
  'append_lost_in_crash',
  'append_stored_after_crash',
  'revision_conflict',
  // gateways
  'gateway_away',
  'gateway_busy',
  'send_refused',
  'send_rate_limited',
  'send_request_lost',
  'send_request_late',
  'send_answer_lost',
  'send_answer_late',
  'send_failed_after_effect',
  'send_answered_after_crash',
  'ask_unanswered',
  'feed_away',
  // webhooks
  'webhook_lost',
  'webhook_repeated',
  'webhook_late',
  'webhook_failed',
  'webhook_of_another',
  // clients and operators
  'call_repeated_at_once',
  'call_connection_cut',
  'call_repeated_later',
  'operator_interferes',
  'operator_misjudges',
  'operator_hurries',
  'risk_alarm',
  // locks
  'lock_held_twice',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Lets things go wrong as the seed chooses, while they may. */
export class Faults {
  /** No more faults: from here on everything must come to rest. */
  over = false;
  readonly counts = new Map<FaultKind, number>();

  constructor(private readonly choose: Choose) {}

  /** Whether this goes wrong now, once in so many times. */
  strikes(kind: FaultKind, onceIn: number): boolean {
    if (!this.isDue(onceIn)) return false;
    this.met(kind);
    return true;
  }

  isDue(onceIn: number): boolean {
    return !this.over && this.choose(onceIn) === 0;
  }

  met(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
