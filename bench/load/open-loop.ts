import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { percentilesOf } from './percentiles.js';
import { stepsOf, type LoadKind, type LoadTarget, type Sequence } from './steps.js';

/** What a process of this file is told: requests leave at a constant rate, whether the server keeps up or not. */
export interface OpenLoad {
  readonly kind: LoadKind;
  readonly target: LoadTarget;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** Milliseconds from the instant at which a request was due, so that a stalled server is not forgiven. */
export interface OpenResult {
  readonly sent: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const CONNECTIONS_MAX = 256;
const TICK_MS = 1;

/** @throws Error at the first wrong answer */
async function runOpenLoad(load: OpenLoad): Promise<OpenResult> {
  const [step] = stepsOf(load.kind, load.target);
  if (step === undefined) throw new Error('nothing to send');
  const pool = new Pool(load.target.url, { connections: CONNECTIONS_MAX, pipelining: 1 });
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const send = async (dueAt: number) => {
    const sequence: Sequence = {};
    const { method, path, headers, body = null } = step.send(sequence);
    const answer = await pool.request({ method, path, headers, body });
    const text = await answer.body.text();
    latencies.push(performance.now() - dueAt);
    const header = (name: string) => String(answer.headers[name] ?? '');
    const fault = step.fault({ status: answer.statusCode, body: text, header }, sequence);
    if (fault !== null) throw new Error(fault);
  };
  const count = Math.round(load.ratePerSecond * load.seconds);
  const startedAt = performance.now();
  const dueAt = (nth: number) => startedAt + (nth * 1000) / load.ratePerSecond;
  for (let nth = 0; nth < count;) {
    for (; nth < count && dueAt(nth) <= performance.now(); nth += 1) running.push(send(dueAt(nth)));
    // Asleep until the next tick: a load that spins would take half of a small machine from what it measures.
    await pause(TICK_MS);
  }
  await Promise.all(running);
  await pool.close();
  const at = percentilesOf(latencies);
  return { sent: count, p50: at(0.5), p99: at(0.99), max: at(1) };
}

const [, , input] = process.argv;
if (input !== undefined) {
  process.send?.(await runOpenLoad(JSON.parse(input) as OpenLoad)); // reason: our own parent writes it
  process.disconnect();
}
