import { isIPv6, SocketAddress } from 'node:net';

const IPV4_IN_IPV6 = '::ffff:';

/** One text for an IP address, however it was written: what is counted or listed by it must not be missed. */
export function customerAddress(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const { address } = new SocketAddress({ address: ip, family: 'ipv6' });
  // A server that listens on both families sees clients of the older one so.
  const within = address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : '';
  return within.includes('.') ? within : address;
}
