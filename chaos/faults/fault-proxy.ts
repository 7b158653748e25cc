import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How a network treats the connections to one server. */
export type LinkFault =
  /** Each piece of either way waits. */
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Nothing passes, and all of it arrives once the fault ends, as after lost packets. */
  | { readonly kind: 'hold' }
  /** What is open is reset, and nobody gets in. */
  | { readonly kind: 'cut' }
  /** One end is gone and the other one is not told: it waits, and is reset once the fault ends. */
  | { readonly kind: 'half_open'; readonly gone: 'client' | 'server' }
  /** Each connection is reset once so much of the server's answers has passed. */
  | { readonly kind: 'reset_after'; readonly bytes: number };

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Of the server's answers, since the fault began. */
  answered: number;
  /** One end is gone; what the other one sends leads nowhere. */
  silent: boolean;
}

/** A loopback port that leads to a server over a network that can be broken. */
export class FaultProxy {
  readonly #links = new Set<Link>();
  #fault: LinkFault | null = null;
  /** Aborted when another fault begins or this one ends, so that nobody waits for it any longer. */
  #change = new AbortController();

  private constructor(
    private readonly listener: Server,
    private readonly target: Address,
  ) {
    listener.on('connection', (client) => this.#accept(client));
  }

  static async start(target: Address): Promise<FaultProxy> {
    const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new FaultProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port; // reason: a TCP server that listens
  }

  /** Null ends the fault that there is. */
  impose(fault: LinkFault | null): void {
    this.#fault = fault;
    for (const link of this.#links) {
      link.answered = 0;
      if (link.silent) reset(link);
      else if (fault?.kind === 'cut') reset(link);
      else if (fault?.kind === 'half_open') this.#lose(link, fault.gone);
    }
    this.#change.abort();
    this.#change = new AbortController();
  }

  async close(): Promise<void> {
    this.impose({ kind: 'cut' });
    this.listener.close();
    await once(this.listener, 'close');
  }

  #accept(client: Socket): void {
    const fault = this.#fault;
    const goneClient = fault?.kind === 'half_open' && fault.gone === 'client';
    if (fault?.kind === 'cut' || goneClient) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    client.setNoDelay(true);
    const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server, answered: 0, silent: false };
    this.#links.add(link);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {
        if (!link.silent) other.resetAndDestroy();
      });
      one.on('close', () => {
        if (!link.silent) other.destroy();
        if (client.destroyed && server.destroyed) this.#links.delete(link);
      });
    }
    if (fault?.kind === 'half_open') this.#lose(link, fault.gone);
    void this.#carry(link, 'client');
    void this.#carry(link, 'server');
  }

  #lose(link: Link, gone: 'client' | 'server'): void {
    link.silent = true;
    // Destroyed without a word to the other end, which is not closed with it any more.
    link[gone].resetAndDestroy();
  }

  async #carry(link: Link, from: 'client' | 'server'): Promise<void> {
    const [source, sink] =
      from === 'client' ? [link.client, link.server] : [link.server, link.client];
    try {
      for await (const piece of source as AsyncIterable<Buffer>) {
        await this.#hinder(piece.length);
        if (link.silent) continue;
        const passed = from === 'server' ? this.#cutShort(link, piece) : piece;
        if (!sink.write(passed)) await once(sink, 'drain', { signal: closing(sink) });
        if (passed !== piece) reset(link);
      }
      if (!link.silent) sink.end();
    } catch {
      // reset by one of the ends, or by us
    }
  }

  /** Waits as long as the fault of the moment says. */
  async #hinder(bytes: number): Promise<void> {
    for (;;) {
      const { signal } = this.#change;
      const waitMs = hindranceMs(this.#fault, bytes);
      if (waitMs === 0) return;
      const waited = await pause(waitMs, true, { signal }).catch(() => false);
      if (waited) return;
    }
  }

  #cutShort(link: Link, piece: Buffer): Buffer {
    const fault = this.#fault;
    if (fault?.kind !== 'reset_after') return piece;
    const left = fault.bytes - link.answered;
    link.answered += piece.length;
    return piece.length <= left ? piece : piece.subarray(0, Math.max(0, left));
  }
}

/** As long as a timer can wait. */
const FOR_EVER_MS = 2 ** 31 - 1;

function hindranceMs(fault: LinkFault | null, bytes: number): number {
  switch (fault?.kind) {
    case 'delay':
      return fault.ms;
    case 'throttle':
      return Math.ceil((bytes * 1_000) / fault.bytesPerSecond);
    case 'hold':
      return FOR_EVER_MS;
    case 'cut':
    case 'half_open':
    case 'reset_after':
    case undefined:
      return 0;
  }
}

function reset({ client, server }: Link): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}

function closing(socket: Socket): AbortSignal {
  const closed = new AbortController();
  if (socket.destroyed) closed.abort();
  else socket.once('close', () => closed.abort());
  return closed.signal;
}
