import { createRequire } from 'node:module';
import type { PrettyStream } from 'pino-pretty';

/**
 * A stream that turns pino's JSON lines into readable ones on stdout. In this thread: nothing is lost when the process
 * ends. Loaded only where there is a terminal, which spares every other start its time.
 */
export function pinoPretty(): PrettyStream {
  const { PinoPretty } = createRequire(import.meta.url)(
    'pino-pretty',
  ) as typeof import('pino-pretty'); // reason: require knows no types
  return PinoPretty({
    // Not where NO_COLOR is set, nor on a terminal that has none.
    colorize: process.stdout.isTTY && process.stdout.hasColors(),
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
    sync: true,
  });
}
