import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { FaultRunner } from './faults/fault-runner.js';
import { checkHistory } from './history/check-history.js';
import type { Violation } from './history/evidence.js';
import { History } from './history/history.js';
import { Caller } from './load/caller.js';
import { Client } from './load/client.js';
import { faultPlan } from './plan/fault-plan.js';
import { GATEWAYS } from './plan/names.js';
import { untilAtRest } from './proof/at-rest.js';
import { checkLists, repeatAnswered } from './proof/last-calls.js';
import { assertWithoutPayments, collect, verify } from './proof/oracle.js';
import { ChaosSystem } from './system/chaos-system.js';

const REST_DEADLINE_MS = 120_000;

export interface ChaosOptions {
  readonly seed: number;
  /** How long things go wrong. */
  readonly seconds: number;
  readonly clients: number;
  /** Takes everything that the run leaves. */
  readonly folder: string;
  /** Undefined: the log is in Postgres. */
  readonly eventStoreUrl: string | undefined;
  /** Gives the run up: everything is ended at once. */
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

export interface ChaosResult {
  readonly kills: number;
  readonly operations: number;
  readonly violations: readonly Violation[];
}

/**
 * Runs a house under load while everything goes wrong, lets it come to rest, and holds it against its promises.
 * @throws Error where the house does not come up, or its log has payments already
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { folder, tell } = options;
  tell('starting');
  const system = await ChaosSystem.start(folder, options.eventStoreUrl);
  const { databaseUrl } = system.postgres;
  await assertWithoutPayments({ databaseUrl, eventStoreUrl: options.eventStoreUrl }).catch(
    async (error: unknown) => {
      await system.abandon();
      throw error;
    },
  );
  const history = new History(join(folder, 'history.jsonl'));
  const caller = new Caller(system, history);
  options.signal.addEventListener('abort', () => void system.abandon());
  const violations: Violation[] = [];
  const faults = new FaultRunner(system, {
    begins: (fault) => tell(JSON.stringify(fault)),
    answers: () => history.answers,
  });
  try {
    await spreadOverGateways(system);
    await goWrong(options, { system, history, caller, faults });
    violations.push(...(await prove(options, { system, history, caller })));
    await caller.close();
    for (const { name, code } of await system.close()) {
      tell(`${name} did not stop in order: ${code}`);
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    // A house that can't be asked any more has broken a promise, too.
    violations.push({ rule: 'it does not come to rest', where: 'the run', message: String(error) });
  } finally {
    await caller.close();
    await system.abandon();
    await history.close();
  }
  return { kills: faults.kills, operations: history.operations, violations };
}

interface Parts {
  readonly system: ChaosSystem;
  readonly history: History;
  readonly caller: Caller;
}

/** Load and faults, until the time is over and everything runs again. */
async function goWrong(
  options: ChaosOptions,
  parts: Parts & { readonly faults: FaultRunner },
): Promise<void> {
  const { seed, seconds, clients, tell } = options;
  const { system, history, faults } = parts;
  const ending = new AbortController();
  const load = Array.from({ length: clients }, (_, number) => {
    return new Client(number, { system, seed, caller: parts.caller }).run(ending.signal);
  });
  const progress = setInterval(() => {
    tell(`${faults.kills} kills, ${history.operations} operations, ${history.answers} answered`);
  }, PROGRESS_MS);
  const inflicting = faults.run(faultPlan(seed, system.engines), ending.signal);
  await pause(seconds * 1_000);
  ending.abort();
  tell('the faults end');
  await inflicting;
  await faults.settle();
  await system.heal();
  await Promise.all(load);
  clearInterval(progress);
  const kinds = [...faults.counts].map(([kind, count]) => `${kind} ${count}`);
  tell(`${history.operations} operations; ${kinds.join(', ')}`);
  for (const { name, code, words } of system.ends)
    tell(`${name} ended with ${code}: ${words.replaceAll('\n', ' ')}`);
}

const PROGRESS_MS = 5_000;

async function prove(
  { seed, folder, eventStoreUrl, tell }: ChaosOptions,
  { system, history, caller }: Parts,
): Promise<readonly Violation[]> {
  tell('waiting until all is at rest');
  const unrest = await untilAtRest(system, REST_DEADLINE_MS);
  tell('repeating what was answered');
  await repeatAnswered({ caller, history }, seed);
  const bookUrls = GATEWAYS.map((name) => system.gatewayUrl(name));
  const { databaseUrl } = system.postgres;
  const installation = { databaseUrl, eventStoreUrl, bookUrls, folder };
  tell('reading the streams, the books and the lists');
  const lists = await checkLists(caller, new Set((await collect(installation)).streams.keys()));
  const evidence = { ...(await collect(installation)), lines: history.lines };
  tell(`verifying ${evidence.streams.size} payments`);
  return [...unrest, ...lists, ...checkHistory(evidence), ...(await verify(installation))];
}

/** Else the cheapest one would get every payment. */
async function spreadOverGateways(system: ChaosSystem): Promise<void> {
  const percents = GATEWAYS.map((_, index) => (index === 0 ? 34 : 33));
  const split = GATEWAYS.map((gateway, index) => ({ gateway, percent: percents[index] }));
  const answer = await fetch(`${system.apiUrl('api-1')}/v1/routing/rules`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${system.keys.operator}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ rules: [{ id: 'even', then: { split } }] }),
  });
  if (!answer.ok) throw new Error(`the routing rules are refused: ${await answer.text()}`);
}
