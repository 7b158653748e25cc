import type { FaultKind } from './faults.js';
import type { SimulationReport } from './simulation.js';

/** What many runs came to together. */
export class SimulationSum {
  seeds = 0;
  payments = 0;
  events = 0;
  violations = 0;
  /** Of the run that met the fewest. */
  fewestFaults = Infinity;
  readonly faults = new Map<FaultKind, number>();
  readonly branches = new Map<string, number>();
  readonly statuses = new Set<string>();

  add(report: SimulationReport): void {
    this.seeds += 1;
    this.payments += report.payments;
    this.events += report.events;
    this.violations += report.violations.length;
    let met = 0;
    for (const [kind, count] of report.faults) {
      this.faults.set(kind, (this.faults.get(kind) ?? 0) + count);
      met += count;
    }
    this.fewestFaults = Math.min(this.fewestFaults, met);
    for (const branch of report.branches) {
      this.branches.set(branch, (this.branches.get(branch) ?? 0) + 1);
    }
    for (const status of report.statuses) this.statuses.add(status);
  }

  /** What went wrong, and how to see it again. */
  failureText({ seed, violations }: SimulationReport): string {
    return [`failed; again with: SIM_SEED=${seed} npm run sim`, ...violations].join('\n  ');
  }

  text(tookMs: number): string {
    const counted = (counts: ReadonlyMap<string, number>) =>
      [...counts]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, count]) => `  ${name}: ${count}`);
    return [
      `${this.seeds} seeds, ${this.payments} payments, ${this.events} events in ${Math.round(tookMs)} ms`,
      'faults met:',
      ...counted(this.faults),
      'steps reached, in so many seeds:',
      ...counted(this.branches),
    ].join('\n');
  }
}
