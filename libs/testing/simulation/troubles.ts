import { ApiNode } from './api-node.js';
import type { GatewayWorld } from './gateway-world.js';
import type { Installation } from './installation.js';
import type { LeaseTable } from './lease-table.js';
import type { Operators } from './operators.js';
import type { StreamChecks } from './stream-checks.js';
import type { WorkerNode } from './worker-node.js';
import type { World } from './world.js';

/** Troubles that come by themselves, beside those that single calls meet. */
const TROUBLES = 14;
const HAPPENINGS = 60;
const OUTAGE_SPREAD_MS = 15_000;
const SHORT_OUTAGE_SPREAD_MS = 3_000;
const STOP_SPREAD_MS = 9_000;
const RESTART_SPREAD_MS = 6_000;
const WEBHOOK_SPREAD_MS = 500;
const WEBHOOK_LATE_SPREAD_MS = 30_000;
const WEBHOOK_TRIES_MAX = 3;

interface Troubled {
  readonly installation: Installation;
  readonly apis: readonly ApiNode[];
  readonly workers: readonly WorkerNode[];
  readonly leases: LeaseTable;
  readonly operators: Operators;
  readonly checks: StreamChecks;
  readonly untilMs: number;
}

/** Plans what goes wrong, and what happens at the gateways by itself. */
export function troubles(world: World, troubled: Troubled): void {
  const kinds = [
    () => crashOne(world, troubled.apis),
    () => crashOne(world, troubled.workers),
    () => stopOne(world, troubled),
    () => moveClock(world, troubled),
    () => storeAway(world, troubled),
    () => gatewayAway(world, troubled),
    () => gatewayBusy(world, troubled),
    () => void troubled.operators.interfere(),
    () => riskAlarm(world, troubled),
  ];
  world.crash = (life) => crash(world, troubled, life);
  world.stop = (life) => stop(world, troubled, life);
  for (let left = TROUBLES; left > 0; left -= 1) {
    const trouble = kinds[world.choose(kinds.length)];
    world.scheduler.in(world.choose(troubled.untilMs), () => trouble?.());
  }
  const { gateways } = troubled.installation;
  for (let left = HAPPENINGS; left > 0; left -= 1) {
    world.scheduler.in(world.choose(troubled.untilMs), () => world.pick(gateways)?.happen());
  }
  for (const gateway of gateways) callHooks(world, troubled, gateway);
}

function crashOne(world: World, nodes: readonly (ApiNode | WorkerNode)[]): void {
  const node = world.pick(nodes);
  if (node !== undefined) world.crash(node.life);
}

/** It is gone with all that it knew, and another one begins some time later. */
function crash(world: World, { apis, workers, leases }: Troubled, dying: object): void {
  const node = [...apis, ...workers].find(({ life }) => life === dying);
  if (node === undefined || !node.life.isAlive || world.faults.over) return;
  const { life } = node;
  world.faults.met(node instanceof ApiNode ? 'api_crashed' : 'worker_crashed');
  world.note(`${node.name} crashes`);
  life.crash();
  leases.silent(life);
  world.scheduler.in(world.choose(RESTART_SPREAD_MS), () => {
    if (!node.life.isAlive) node.restart();
  });
}

function stopOne(world: World, troubled: Troubled): void {
  const node = world.pick([...troubled.apis, ...troubled.workers]);
  if (node !== undefined) world.stop(node.life);
}

/** As by SIGSTOP; it goes on some time later. */
function stop(world: World, { apis, workers, leases }: Troubled, stopped: object): void {
  const node = [...apis, ...workers].find(({ life }) => life === stopped);
  if (node === undefined || !node.life.isAlive || world.faults.over) return;
  world.faults.met('node_paused');
  world.note(`${node.name} is stopped`);
  node.life.stop(world.choose(STOP_SPREAD_MS));
  leases.silent(node.life);
}

function moveClock(world: World, { apis, workers }: Troubled): void {
  const node = world.pick([...apis, ...workers]);
  if (node === undefined) return;
  world.faults.met('clock_moved');
  node.life.clock.skewMs += world.choose(20_000) - 10_000;
}

function storeAway(world: World, { installation }: Troubled): void {
  installation.health.away = true;
  world.scheduler.in(world.choose(SHORT_OUTAGE_SPREAD_MS), () => {
    installation.health.away = false;
  });
}

function gatewayAway(world: World, { installation }: Troubled): void {
  const gateway = world.pick(installation.gateways);
  if (gateway === undefined) return;
  gateway.away = true;
  world.scheduler.in(world.choose(OUTAGE_SPREAD_MS), () => {
    gateway.away = false;
  });
}

function gatewayBusy(world: World, { installation }: Troubled): void {
  const gateway = world.pick(installation.gateways);
  if (gateway === undefined) return;
  gateway.busy = true;
  world.scheduler.in(world.choose(OUTAGE_SPREAD_MS), () => {
    gateway.busy = false;
  });
}

function riskAlarm(world: World, { checks, workers }: Troubled): void {
  const authorized = [...checks.payments.values()].filter(({ status }) => status === 'AUTHORIZED');
  const payment = world.pick(authorized);
  if (payment === undefined) return;
  world.faults.met('risk_alarm');
  world.pick(workers)?.alarm(payment.id);
}

/** Facts come by webhooks, too: late, twice, in another order, or never. */
function callHooks(world: World, { apis, installation }: Troubled, gateway: GatewayWorld): void {
  gateway.onFact = (fact) => {
    const { faults } = world;
    const others = installation.gateways.filter((other) => other !== gateway);
    const other = faults.strikes('webhook_of_another', 8) ? world.pick(others) : undefined;
    // It is on the same account.
    if (other !== undefined) void world.pick(apis)?.webhook(other.name, gateway.dated(fact));
    if (faults.strikes('webhook_lost', 3)) return;
    const late = faults.strikes('webhook_late', 4);
    const spreadMs = late ? WEBHOOK_LATE_SPREAD_MS : WEBHOOK_SPREAD_MS;
    const copies = faults.strikes('webhook_repeated', 4) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      world.scheduler.in(world.choose(spreadMs), () => deliver(WEBHOOK_TRIES_MAX));
    }
    function deliver(triesLeft: number): void {
      const node = world.pick(apis);
      void node?.webhook(gateway.name, gateway.dated(fact)).then((taken) => {
        if (taken) return;
        faults.met('webhook_failed');
        if (triesLeft <= 1) return;
        world.scheduler.in(world.choose(WEBHOOK_LATE_SPREAD_MS), () => deliver(triesLeft - 1));
      });
    }
  };
}
