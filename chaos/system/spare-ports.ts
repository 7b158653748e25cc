import { freePorts } from '../../libs/platform/free-port.js';

/** Ports of loopback that nobody listens on, one after another. */
export async function sparePorts(count: number): Promise<() => number> {
  const ports = [...(await freePorts(count))];
  return () => {
    const port = ports.pop();
    if (port === undefined) throw new Error('more ports are asked for than were looked for');
    return port;
  };
}
