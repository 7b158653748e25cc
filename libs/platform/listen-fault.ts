import { ConfigError } from './config.js';
import { errorCode } from './error-code.js';

/** The variables that said where to listen. */
export interface ListenVariables {
  readonly port: string;
  readonly host: string;
}

const PORT_CODES: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);
const HOST_CODES: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EINVAL',
  'ENOTFOUND',
]);

/** An address that can't be listened on as a sentence that names the variable; anything else as it was. */
export function listenFault(error: unknown, variables: ListenVariables): unknown {
  const code = errorCode(error) ?? '';
  const { port, host } = variables;
  if (PORT_CODES.has(code)) {
    return new ConfigError([`${port} can not be listened on (${code}); name a free one.`]);
  }
  if (HOST_CODES.has(code)) {
    return new ConfigError([`${host} is no address of this machine (${code}).`]);
  }
  return error;
}
