import type { Position } from '../event-store/event-store.js';

/** What is looked at, in the order in which it is told. */
export const CHECKS = [
  'revisions',
  'hash_chain',
  'removed_events',
  'added_events',
  'event_ids',
  'instants',
  'fold',
  'calls',
  'money_rules',
  'gateway_books',
  'read_models',
  'checkpoints',
  'due_payments',
] as const;
export type Check = (typeof CHECKS)[number];

/** One thing that is not as it must be, and where. */
export interface Finding {
  readonly check: Check;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly position: Position | null;
  readonly message: string;
}

/** Findings of one check that are kept in words; all are counted. */
export const FINDINGS_MAX = 1_000;

/** Collects findings in bounded memory. */
export class Findings {
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<Check, number>();

  add(check: Check, where: Partial<Omit<Finding, 'check' | 'message'>>, message: string): void {
    const count = this.count(check) + 1;
    this.#counts.set(check, count);
    if (count > FINDINGS_MAX) return;
    const { stream = null, revision = null, position = null } = where;
    this.#kept.push({ check, stream, revision, position, message });
  }

  count(check: Check): number {
    return this.#counts.get(check) ?? 0;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Those kept in words, check by check. */
  list(): readonly Finding[] {
    return CHECKS.flatMap((check) => this.#kept.filter((finding) => finding.check === check));
  }
}
