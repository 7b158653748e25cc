import type { System } from '../system/system.js';
import {
  FLOOR_CREATE,
  runCell,
  WARM_UP,
  type Cell,
  type Contestant,
  type Population,
  type StoredEach,
} from './cell.js';
import { median, spread } from './median.js';

/** Loads that are measured side by side; the first contestant is what the others are compared with. */
export interface Duel {
  readonly name: string;
  readonly contestants: readonly [Contestant, ...Contestant[]];
}

export interface DuelRow {
  readonly scenario: string;
  readonly contestant: string;
  readonly connections: number;
  readonly rate: number;
  /** (most - least) / median of the rounds. */
  readonly spread: number;
  /** Median of the rounds' own ratios to the first contestant. */
  readonly ratio: number;
  readonly p99: number;
  readonly cpuMicros: Readonly<Record<string, number>>;
  readonly stored: StoredEach;
}

export const DUELS: readonly Duel[] = [
  {
    name: 'create',
    contestants: [
      FLOOR_CREATE,
      { name: 'create, gateway in process', server: 'api-in-process', kind: 'create' },
      { name: 'create, gateway over HTTP', server: 'api', kind: 'create' },
      { name: 'create + capture + refund', server: 'api', kind: 'lifecycle' },
      { name: 'replay', server: 'api-in-process', kind: 'replay' },
      { name: 'mixed, 70 % get', server: 'api-in-process', kind: 'mixed' },
      { name: 'no-op Nest POST', server: 'noop', kind: 'floor-create' },
      { name: 'raw inserts of a row, on 32 at most', server: 'postgres', kind: 'floor-create' },
    ],
  },
  {
    name: 'get',
    contestants: [
      { name: 'floor, same query', server: 'floor', kind: 'floor-get' },
      { name: 'get by id', server: 'api-in-process', kind: 'get' },
    ],
  },
  {
    name: 'list',
    contestants: [
      { name: 'no-op Nest GET', server: 'noop', kind: 'noop-list' },
      { name: 'list, 20 rows', server: 'api-in-process', kind: 'list' },
      { name: 'statements', server: 'api-in-process', kind: 'statements' },
    ],
  },
];

export interface Rounds {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  /** Contestants whose name holds this, beside the first; undefined: all. */
  readonly only?: string | undefined;
}

/** Interleaved: in every round each contestant has its turn, so that a slow minute of the machine meets all of them. */
export async function runDuel(
  system: System,
  duel: Duel,
  plan: Rounds & { readonly population: Population; readonly tell: (text: string) => void },
): Promise<readonly DuelRow[]> {
  const rows: DuelRow[] = [];
  const { population, only = '' } = plan;
  const contestants = duel.contestants.filter(
    ({ name }, index) => index === 0 || name.includes(only),
  );
  for (const contestant of contestants) {
    await runCell(system, contestant, { bounds: WARM_UP, population });
  }
  for (const connections of plan.connections) {
    const cells = contestants.map(() => [] as Cell[]);
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [index, contestant] of contestants.entries()) {
        const bounds = { connections, seconds: plan.seconds };
        const cell = await runCell(system, contestant, { bounds, population });
        cells[index]?.push(cell);
        plan.tell(`${contestant.name}, ${connections} connections: ${Math.round(cell.rate)}/s`);
      }
    }
    const base = cells[0] ?? [];
    contestants.forEach(({ name }, index) => {
      rows.push({
        scenario: duel.name,
        contestant: name,
        connections,
        ...summary(cells[index] ?? [], base),
      });
    });
  }
  return rows;
}

function summary(cells: readonly Cell[], base: readonly Cell[]) {
  const rates = cells.map(({ rate }) => rate);
  const processes = Object.keys(cells[0]?.cpuMicros ?? {});
  return {
    rate: median(rates),
    spread: spread(rates),
    ratio: median(rates.map((it, round) => it / (base[round]?.rate ?? Number.NaN))),
    p99: median(cells.map(({ p99 }) => p99)),
    cpuMicros: Object.fromEntries(
      processes.map((name) => [name, median(cells.map((cell) => cell.cpuMicros[name] ?? 0))]),
    ),
    stored: {
      events: median(cells.map(({ stored }) => stored.events)),
      bytes: median(cells.map(({ stored }) => stored.bytes)),
    },
  };
}
