import { newEventId } from './ids.js';

/** Where chance comes from: ids that nothing determines, and pauses that differ so that many don't come back in step. */
export abstract class Chance {
  /** From 0 to below 1. */
  abstract fraction(): number;
  /** UUID v7. */
  abstract newId(): string;
}

export const SYSTEM_CHANCE: Chance = {
  fraction: () => Math.random(),
  newId: newEventId,
};
