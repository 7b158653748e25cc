import type { System } from '../system/system.js';
import type { Population } from './cell.js';

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
  /** Of the floor in the duels, payments a second, if they ran. */
  readonly floorRate: number | undefined;
  /** Shows how far a long scenario is. */
  readonly tell: (text: string) => void;
}

export type Single = (context: SinglesContext) => Promise<readonly Figure[]>;
