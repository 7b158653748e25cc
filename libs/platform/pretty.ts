import { PinoPretty, type PrettyStream } from 'pino-pretty';

/** A stream that turns pino's JSON lines into readable ones on stdout. In this thread: nothing is lost when the process ends. */
export function pinoPretty(): PrettyStream {
  return PinoPretty({
    colorize: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
    sync: true,
  });
}
