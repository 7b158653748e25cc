import type { EventStore } from '../../../libs/event-store/event-store.js';
import type { ReadinessCheck } from '../../../libs/platform/health.js';
import { errorCode } from '../../../libs/platform/error-code.js';
import type { ReadModels } from '../queries/read-models.js';

/** Ready: the log answers, the read models are there and not too far behind it. */
export function readinessChecks(parts: {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly lagMaxS: number;
}): readonly ReadinessCheck[] {
  const { store, readModels, lagMaxS } = parts;
  return [
    {
      name: 'event store',
      check: async () => {
        await store.head();
        return null;
      },
    },
    {
      name: 'read models',
      check: async () => {
        try {
          const late = (await readModels.listDelays()).filter((one) => one.lag_seconds > lagMaxS);
          return late.length === 0 ? null : `behind: ${late.map(({ name }) => name).join(', ')}`;
        } catch (error) {
          if (errorCode(error) === 'READ_MODEL_UNAVAILABLE') return 'not built yet';
          throw error;
        }
      },
    },
  ];
}
