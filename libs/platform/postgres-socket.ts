import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What a socket's address holds (`sun_path`), the final zero taken off: 103 bytes on macOS, 107 on Linux. */
const SOCKET_PATH_BYTES_MAX = 103;
const SOCKET_NAME = '.s.PGSQL.';

/** Where a server on these data has its socket, named for its port; null: the path is too long for one, or this is Windows. */
export function socketFolder(data: string, port: number): string | null {
  if (process.platform === 'win32') return null;
  const path = join(data, `${SOCKET_NAME}${port}`);
  return Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX ? null : data;
}

/** Sockets and their locks that a killed server left on these data. */
export function removeSockets(data: string): void {
  for (const name of readdirSync(data)) {
    if (name.startsWith(SOCKET_NAME)) rmSync(join(data, name));
  }
}
