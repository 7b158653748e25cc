import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewaySimulator, startGatewaySimulator } from './server.js';

const SOON_MS = 5_000;
const POLL_MS = 10;

export interface Entry {
  readonly type: string;
  readonly gateway: string;
  readonly payment_id: string;
  readonly operation: string;
  readonly key: string;
  readonly amount: number | string;
  readonly outcome: string;
}

/** What any of the bodies may hold; a spec that looks for what isn't there fails. */
export interface Body extends Entry {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly settled: boolean;
  readonly decline_code: string | null;
  readonly redirect_url: string;
  readonly data: readonly Entry[];
  readonly next_cursor: string | null;
  readonly error: { readonly code: string; readonly message: string };
  readonly latency_ms: number;
  readonly settlement_delay_ms: number;
}

export interface Answered {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
}

/** A simulator of its own in a folder of its own, and short ways to call it. */
export class SimulatorClient {
  private constructor(
    readonly dataDir: string,
    private simulator: GatewaySimulator,
  ) {}

  static async start(dataDir?: string): Promise<SimulatorClient> {
    const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'gateway-simulator-')));
    return new SimulatorClient(folder, await startAt(folder));
  }

  get url(): string {
    return this.simulator.url;
  }

  async restart(): Promise<void> {
    await this.simulator.close();
    this.simulator = await startAt(this.dataDir);
  }

  async close(): Promise<void> {
    await this.simulator.close();
    await rm(this.dataDir, { recursive: true });
  }

  get(path: string): Promise<Answered> {
    return this.call('GET', path);
  }

  put(path: string, body: unknown): Promise<Answered> {
    return this.call('PUT', path, body);
  }

  post(path: string, body?: unknown, key?: string): Promise<Answered> {
    return this.call('POST', path, body, key);
  }

  delete(path: string): Promise<Answered> {
    return this.call('DELETE', path);
  }

  purchase(key: string, token = 'tok_approve', change: object = {}): Promise<Answered> {
    return this.post('/alpha/purchases', { ...chargeBody(key, token), ...change }, key);
  }

  authorize(key: string, token = 'tok_approve', change: object = {}): Promise<Answered> {
    return this.post('/alpha/authorizations', { ...chargeBody(key, token), ...change }, key);
  }

  /** Of the payment that `chargeBody` makes of a key. */
  async books(key: string): Promise<readonly Entry[]> {
    return (await this.get(`/books/pay_${key}`)).body.data;
  }

  private async call(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<Answered> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (key !== undefined) headers['idempotency-key'] = key;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(this.url + path, { method, headers, ...sent });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    // reason: see Body
    return { status: answer.status, text, body: (isJson ? JSON.parse(text) : {}) as Body };
  }
}

export function chargeBody(key: string, token: string) {
  return {
    payment_id: `pay_${key}`,
    amount: '2500',
    currency: 'EUR',
    payment_method: { type: 'card', token },
  };
}

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${SOON_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function startAt(dataDir: string): Promise<GatewaySimulator> {
  return startGatewaySimulator({ port: 0, host: '127.0.0.1', dataDir });
}
