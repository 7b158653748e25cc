import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, PlannedFault } from '../plan/fault-plan.js';
import type { Victim } from '../plan/names.js';
import type { ChaosSystem } from '../system/chaos-system.js';
import { USUAL_FAULTS } from '../system/surroundings.js';

/** Between two faults so many calls are answered, unless that takes too long: a house that is all down learns nothing. */
const ANSWERS_BETWEEN = 15;
const ANSWERS_WAIT_MS = 20_000;
const LOOK_MS = 20;
/** Steering a simulator that was killed or stopped meanwhile is given up. */
const STEER_TIMEOUT_MS = 1_000;

/** Does to a system what a plan says. What is down already is not killed again. */
export class FaultRunner {
  kills = 0;
  /** By kind, for the report. */
  readonly counts = new Map<string, number>();
  readonly #running: Promise<unknown>[] = [];
  readonly #failures: unknown[] = [];
  readonly #down = new Set<Victim>();

  constructor(
    private readonly system: ChaosSystem,
    private readonly hear: {
      readonly begins: (fault: Fault) => void;
      /** How many calls were answered so far. */
      readonly answers: () => number;
    },
  ) {}

  /** One fault after another, until the signal; `settle` waits for their ends. */
  async run(plan: Iterable<PlannedFault>, signal: AbortSignal): Promise<void> {
    for (const { afterMs, fault } of plan) {
      const answers = this.hear.answers() + ANSWERS_BETWEEN;
      await pause(afterMs, undefined, { signal }).catch(() => undefined);
      const deadline = performance.now() + ANSWERS_WAIT_MS;
      while (this.hear.answers() < answers && performance.now() < deadline && !signal.aborted) {
        await pause(LOOK_MS);
      }
      if (signal.aborted) return;
      this.hear.begins(fault);
      const running = this.#inflict(fault, signal).catch((error: unknown) =>
        this.#failures.push(error),
      );
      this.#running.push(running);
    }
  }

  /** @throws what did not start again */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async #inflict(fault: Fault, signal: AbortSignal): Promise<void> {
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const lasts = () => pause(fault.forMs, undefined, { signal }).catch(() => undefined);
    const { postgres, links } = this.system;
    switch (fault.kind) {
      case 'kill':
        await Promise.all(fault.victims.map((victim) => this.#kill(victim, lasts)));
        return;
      case 'kill_backend':
        if (!this.#down.has('postgres') && postgres.killBackend(fault.nth)) this.kills += 1;
        return;
      case 'stop': {
        const victim = this.system.victim(fault.victim);
        if (victim === undefined || this.#down.has(fault.victim)) return;
        victim.stop();
        await lasts();
        victim.resume();
        return;
      }
      case 'link': {
        const link = links.get(fault.link);
        link?.impose(fault.fault);
        await lasts();
        link?.impose(null);
        return;
      }
      case 'gateway':
        await this.#steer(fault.gateway, { ...USUAL_FAULTS[fault.gateway], ...fault.faults });
        await lasts();
        await this.#steer(fault.gateway, USUAL_FAULTS[fault.gateway]);
    }
  }

  async #kill(name: Victim, lasts: () => Promise<void>): Promise<void> {
    const victim = this.system.victim(name);
    if (victim === undefined || this.#down.has(name)) return;
    this.#down.add(name);
    try {
      if (victim.isAlive) this.kills += 1;
      await victim.kill();
      await lasts();
      await victim.start();
    } finally {
      this.#down.delete(name);
    }
  }

  /** One that dies forgets its faults and begins with the usual ones. */
  async #steer(gateway: keyof typeof USUAL_FAULTS, faults: object): Promise<void> {
    await fetch(`${this.system.gatewayUrl(gateway)}/${gateway}/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(faults),
      signal: AbortSignal.timeout(STEER_TIMEOUT_MS),
    }).catch(() => undefined);
  }
}
