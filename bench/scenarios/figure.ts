import type { System } from '../system/system.js';
import type { Population, StoredEach } from './cell.js';

/** One figure that has no contestant. */
export interface Figure {
  readonly scenario: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface SinglesContext {
  readonly system: System;
  readonly population: Population;
  /** The most that the floor made in the duels, payments a second, if they ran. */
  readonly floorRate: number | undefined;
  /** Shows how far a long scenario is. */
  readonly tell: (text: string) => void;
}

export type Single = (context: SinglesContext) => Promise<readonly Figure[]>;

/** What a scenario's payments left in the log. */
export function storedFigures(scenario: string, { events, bytes }: StoredEach): readonly Figure[] {
  return [
    { scenario, what: 'stored a payment', value: events, unit: 'events' },
    { scenario, what: 'stored a payment, data and metadata', value: bytes, unit: 'bytes' },
  ];
}

/** By the name of the read model, seconds. */
export function lagFigures(scenario: string, most: ReadonlyMap<string, number>): readonly Figure[] {
  return [...most].map(([name, value]) => ({
    scenario,
    what: `most that ${name} was behind under load`,
    value,
    unit: 's',
  }));
}
