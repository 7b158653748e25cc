import { verifyChain } from '../../event-store/hash-chain.js';
import { LOG_START, type RecordedEvent } from '../../event-store/event-store.js';
import { nextStep } from '../../payments/payment.next-step.js';
import { paymentStream } from '../../payments/payment.stream.js';
import { openIntentOf } from '../../payments/payment.totals.js';
import { ApiNode } from './api-node.js';
import { checkBooks } from './books-check.js';
import { Clients } from './clients.js';
import type { FaultKind } from './faults.js';
import { GatewayWorld } from './gateway-world.js';
import { History } from './history.js';
import { Installation, type Mutation } from './installation.js';
import { LeaseTable } from './lease-table.js';
import { Operators } from './operators.js';
import { differenceToFreshFold } from './read-models.js';
import { unbalancedStatements } from './statement-sums.js';
import { StreamChecks } from './stream-checks.js';
import { troubles } from './troubles.js';
import { WorkerNode } from './worker-node.js';
import { World } from './world.js';

const PAYMENTS = 20;
/** Virtual time in which things go wrong. */
const TROUBLED_MS = 120_000;
/** A run that is not at rest after as many turns goes round in circles. */
const TURNS_MAX = 60_000;
/** After so long without troubles all that needs no person is done, but for what waits for a time. */
const SETTLING_MS = 120_000;
/** An intent of a healthy gateway is closed so long after it was opened. */
const SETTLED_WITHIN_MS = 60_000;
const QUIET_MS = 40 * 86_400_000;
const TIDYING_ROUNDS_MAX = 8;

export interface SimulationReport {
  readonly seed: number;
  readonly payments: number;
  readonly calls: number;
  readonly events: number;
  readonly turns: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly branches: ReadonlySet<string>;
  readonly statuses: ReadonlySet<string>;
  /** Empty: every rule held. */
  readonly violations: readonly string[];
  readonly traceHash: string;
  readonly trace: readonly string[];
}

/** One run: a whole installation and its world from one seed, all rules checked on the way and at the end. */
export async function simulate(seed: number, mutation: Mutation = {}): Promise<SimulationReport> {
  const run = new Simulation(seed, mutation);
  await run.play();
  return run.report();
}

class Simulation {
  readonly #world: World;
  readonly #installation: Installation;
  readonly #gateways: ReadonlyMap<string, GatewayWorld>;
  readonly #checks: StreamChecks;
  readonly #history: History;
  readonly #apis: readonly ApiNode[];
  readonly #workers: readonly WorkerNode[];
  readonly #clients: Clients;
  readonly #operators: Operators;
  #events = 0;

  constructor(seed: number, mutation: Mutation) {
    this.#world = new World(seed);
    const world = this.#world;
    this.#installation = new Installation(world, mutation);
    this.#gateways = new Map(this.#installation.gateways.map((it) => [it.name, it]));
    this.#checks = new StreamChecks(world, this.#gateways);
    this.#history = new History(world);
    this.#apis = ['api-1', 'api-2'].map((name) => new ApiNode(name, this.#installation));
    const leases = new LeaseTable(world);
    this.#workers = ['worker-1', 'worker-2'].map(
      (name) => new WorkerNode(name, this.#installation, leases),
    );
    this.#clients = new Clients(world, this.#apis, this.#history);
    this.#operators = new Operators(world, this.#clients, {
      checks: this.#checks,
      gateways: this.#gateways,
    });
    for (let index = 0; index < PAYMENTS; index += 1) void this.#clients.pay(index);
    troubles(world, {
      installation: this.#installation,
      apis: this.#apis,
      workers: this.#workers,
      leases,
      operators: this.#operators,
      checks: this.#checks,
      untilMs: TROUBLED_MS,
    });
  }

  async play(): Promise<void> {
    const world = this.#world;
    await this.#run(world.nowMs + TROUBLED_MS);
    this.#endTroubles();
    await this.#run(world.nowMs + SETTLING_MS);
    this.#checkSettled();
    for (let rounds = 0; rounds < TIDYING_ROUNDS_MAX && this.#isRight; rounds += 1) {
      this.#operators.tidyUp();
      // Long enough in the end for whatever is tried again and again before a person is asked.
      await this.#run(world.nowMs + (rounds < TIDYING_ROUNDS_MAX / 2 ? SETTLING_MS : QUIET_MS));
    }
    if (this.#isRight) await this.#checkAtRest();
  }

  report(): SimulationReport {
    const { seed, faults, scheduler, violations, trace } = this.#world;
    return {
      seed,
      payments: this.#checks.payments.size,
      calls: this.#history.calls,
      events: this.#events,
      turns: scheduler.turns,
      faults: faults.counts,
      branches: this.#checks.branches,
      statuses: this.#checks.statuses,
      violations,
      traceHash: this.#world.traceHash(),
      trace,
    };
  }

  get #isRight(): boolean {
    return this.#world.violations.length === 0;
  }

  async #run(untilMs: number): Promise<void> {
    if (!this.#isRight) return;
    const { scheduler } = this.#world;
    const ended = await scheduler.run(untilMs, TURNS_MAX, () => !this.#isRight);
    if (!ended) this.#world.violated(`no rest after ${TURNS_MAX} turns`);
  }

  #endTroubles(): void {
    this.#world.faults.over = true;
    this.#installation.health.away = false;
    for (const gateway of this.#gateways.values()) {
      gateway.away = false;
      gateway.busy = false;
    }
    for (const node of [...this.#apis, ...this.#workers]) {
      if (!node.life.isAlive) node.restart();
    }
    for (const gateway of this.#gateways.values()) gateway.finish();
  }

  /** I-11, I-12: what a gateway can tell is asked for and known, without any person. */
  #checkSettled(): void {
    const world = this.#world;
    for (const payment of this.#checks.payments.values()) {
      const open = openIntentOf(payment);
      const gateway = open === null ? undefined : this.#gateways.get(open.gateway);
      if (open === null || gateway?.capabilities.keysHonouredForMs === null) continue;
      if (world.nowMs - Date.parse(open.requestedAt) < SETTLED_WITHIN_MS) continue;
      world.violated(`${payment.id}: ${open.operation} ${open.key} is still ${open.outcome}`);
    }
  }

  async #checkAtRest(): Promise<void> {
    const world = this.#world;
    const log = await this.#wholeLog();
    this.#events = log.length;
    for (const payment of this.#checks.payments.values()) {
      const step = nextStep(payment);
      const open = openIntentOf(payment);
      if (payment.openCall !== null || open !== null || step.step !== 'none') {
        world.violated(`${payment.id} (${payment.status}) is not at rest: ${JSON.stringify(step)}`);
      }
      if (payment.stop !== null) world.violated(`${payment.id} is still stopped`);
      const events = await world.log.read(paymentStream(payment.id));
      const fault = verifyChain(events);
      if (fault !== null) world.violated(`I-9: ${JSON.stringify(fault)}`);
    }
    checkBooks(world, this.#checks.payments, this.#gateways);
    await this.#history.check();
    const { models } = this.#installation;
    for (const fault of unbalancedStatements(models, this.#checks.payments.values())) {
      world.violated(`I-16: ${fault}`);
    }
    for (const model of models) {
      const difference = await differenceToFreshFold(model, log);
      if (difference !== null) world.violated(`I-28: ${difference}`);
    }
  }

  async #wholeLog(): Promise<readonly RecordedEvent[]> {
    const { events } = await this.#world.log.page(LOG_START, Number.MAX_SAFE_INTEGER);
    return events;
  }
}
