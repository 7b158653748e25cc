import { z } from 'zod';
import { booleanVariable, ConfigError, secretUrlVariable } from '../platform/config.js';
import { errorCode } from '../platform/error-code.js';
import type { Logger } from '../platform/logging.js';
import type { EventStore } from './event-store.js';
import { openEventStore } from './open-event-store.js';

/** Variables of every process that reads or writes the log. */
export const storeVariables = {
  /** Read models, and the log unless EVENTSTORE_URL is set. */
  DATABASE_URL: secretUrlVariable('postgres', 'postgresql'),
  /** The log is in EventStoreDB. */
  EVENTSTORE_URL: secretUrlVariable('esdb', 'esdb+discover').optional(),
  /** `off`: refuse an old schema instead of bringing it up to date. */
  MIGRATE: booleanVariable().default(true),
};

const schema = z.object(storeVariables);
export type StoreConfig = z.output<typeof schema>;

/** What an operator mends by configuration: these errors carry a sentence that names the variable. */
const CONFIGURATION_FAULTS: ReadonlySet<unknown> = new Set([
  'EVENTSTORE_UNUSABLE',
  'LOG_IDENTITY_MISMATCH',
]);

export function migrateMode(config: StoreConfig): 'apply' | 'check' {
  return config.MIGRATE ? 'apply' : 'check';
}

/** Opens the log that the configuration names. @throws ConfigError with a sentence for the operator */
export async function openConfiguredStore(
  config: StoreConfig,
  process: { readonly name: string; readonly logger: Logger },
): Promise<EventStore> {
  try {
    return await openEventStore({
      databaseUrl: config.DATABASE_URL.reveal(),
      eventStoreUrl: config.EVENTSTORE_URL?.reveal(),
      migrate: migrateMode(config),
      applicationName: `tillstream ${process.name}`,
      onTrouble: (error) => process.logger.warn({ err: error }, 'trouble with the event store'),
    });
  } catch (error) {
    throw asConfigError(error);
  }
}

/** A fault of configuration as its sentence; anything else as it was. */
function asConfigError(error: unknown): unknown {
  const fault = error instanceof Error && CONFIGURATION_FAULTS.has(errorCode(error));
  return fault ? new ConfigError([error.message]) : error;
}
