import autocannon from 'autocannon';
import { stepsOf, type LoadKind, type LoadTarget, type Sequence } from './steps.js';

/** What a process of this file is told. Either `seconds` or `amount` bounds it. */
export interface ClosedLoad {
  readonly kind: LoadKind;
  readonly target: LoadTarget;
  readonly connections: number;
  readonly seconds?: number;
  /** Requests. */
  readonly amount?: number;
}

export interface ClosedResult {
  /** Whole sequences, all answers right. */
  readonly done: number;
  readonly seconds: number;
  /** Milliseconds of a request, of which a closed loop forgives a stalled server most. */
  readonly p50: number;
  readonly p99: number;
}

const TIMEOUT_S = 30;

/** Each connection sends its next request when the one before it is answered. @throws Error of the first wrong answer, once the load is over */
async function runClosedLoad(load: ClosedLoad): Promise<ClosedResult> {
  const steps = stepsOf(load.kind, load.target);
  let done = 0;
  let fault: string | null = null;
  const requests = steps.map((step, index): autocannon.Request => ({
    setupRequest: (request, context) => ({
      ...request,
      ...step.send(context as Sequence), // reason: autocannon knows it as any object
    }),
    onResponse: (status, body, context, headers) => {
      const header = (name: string) => headerIn(headers, name);
      fault ??= step.fault({ status, body, header }, context as Sequence); // reason: as above
      if (index === steps.length - 1) done += 1;
    },
  }));
  const startedAt = performance.now();
  const result = await autocannon({
    url: load.target.url,
    connections: load.connections,
    timeout: TIMEOUT_S,
    requests,
    ...(load.amount === undefined ? { duration: load.seconds ?? 1 } : { amount: load.amount }),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { errors, timeouts, mismatches } = result;
  if (fault !== null) throw new Error(fault);
  if (errors + timeouts + mismatches > 0) throw new Error(`${errors} errors, ${timeouts} timeouts`);
  return { done, seconds, p50: result.latency.p50, p99: result.latency.p99 };
}

/** Node's names have capitals or none. */
function headerIn(headers: unknown, name: string): string | undefined {
  const entries = Object.entries(headers as Record<string, string>); // reason: pairs that autocannon made
  return entries.find(([key]) => key.toLowerCase() === name)?.[1];
}

const [, , input] = process.argv;
if (input !== undefined) {
  process.send?.(await runClosedLoad(JSON.parse(input) as ClosedLoad)); // reason: our own parent writes it
  process.disconnect();
}
