import { Problem } from '../../../libs/platform/problem.js';
import type { LogPositions } from '../http/positions.js';
import type { ReadModelName, ReadModels } from './read-models.js';

/** Sees to `min_position`: no list answers from before it. */
export class FreshReadModels {
  constructor(
    readonly models: ReadModels,
    private readonly positions: LogPositions,
  ) {}

  /** @throws Problem READ_MODEL_BEHIND after a bounded wait, POSITION_INVALID, POSITION_OF_ANOTHER_LOG */
  async at(name: ReadModelName, minPosition: string | undefined): Promise<ReadModels> {
    if (minPosition === undefined) return this.models;
    const position = this.positions.parse(minPosition, 'min_position');
    const freshness = await this.models.waitFor(name, position);
    if (freshness.kind === 'ok') return this.models;
    throw new Problem({
      status: 409,
      code: 'READ_MODEL_BEHIND',
      detail: 'The read model has not come to this position yet.',
      retryAfterS: 1,
      extra: { lag_events: freshness.lagEvents },
    });
  }
}
