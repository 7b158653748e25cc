import { countInto, emptyRate, rateOf, type SlidingRate } from './sliding-rate.js';

/** When a circuit opens, for how long, and what closes it again. Times in ms. */
export interface BreakerSettings {
  /** The first opening lasts that long; each that follows without a close twice as long, to eight times. */
  readonly openMs: number;
  /** Share of failed calls in the window, 0 to 1, that opens. */
  readonly failureRate: number;
  /** So many calls must be in the window before their rate counts. */
  readonly samplesMin: number;
  /** So many failures in a row open without regard to the rate. */
  readonly consecutiveFailuresMax: number;
  readonly windowMs: number;
  /** Calls at once while HALF_OPEN. */
  readonly halfOpenMax: number;
  /** So many successes in a row close. */
  readonly closeSuccesses: number;
}

interface CircuitCore {
  /** Grows with each change; a call is counted only in the state that it started in. */
  readonly epoch: number;
  readonly sinceMs: number;
  /** Why it is in this state; null: it never changed. */
  readonly reason: string | null;
  /** Openings since it was last closed. */
  readonly openings: number;
}

export interface ClosedCircuit extends CircuitCore {
  readonly state: 'CLOSED';
  readonly consecutiveFailures: number;
  readonly rate: SlidingRate;
}

export interface OpenCircuit extends CircuitCore {
  readonly state: 'OPEN';
  readonly untilMs: number;
  /** A sign of life lets test calls through from here on, before a longer opening is over. */
  readonly earliestMs: number;
}

export interface HalfOpenCircuit extends CircuitCore {
  readonly state: 'HALF_OPEN';
  readonly running: number;
  readonly successes: number;
  /** When the latest test call started or ended; the start of the state where there was none. */
  readonly testedMs: number;
}

/** A circuit breaker as a value; `nowMs` everywhere is monotonic. */
export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit;

/** `neutral`: says nothing of the gateway, such as its 429. */
export type CallResult = 'success' | 'failure' | 'neutral';

const OPEN_GROWTH = 2;
export const OPEN_GROWTH_MAX = 8;

export function closedCircuit(nowMs: number): ClosedCircuit {
  return closed({ epoch: 0, sinceMs: nowMs, reason: null, openings: 0 });
}

/** Lets the end of an opening come; call it before anything else is asked. */
export function advanced(circuit: Circuit, nowMs: number): Circuit {
  if (circuit.state !== 'OPEN' || nowMs < circuit.untilMs) return circuit;
  return halfOpen(circuit, nowMs, 'the time for which it was open is over');
}

/** 0: a call may start beside those `ahead` that are about to; else ms until asking again makes sense. */
export function refusedForMs(
  circuit: Circuit,
  settings: BreakerSettings,
  { nowMs, ahead = 0 }: { readonly nowMs: number; readonly ahead?: number },
): number {
  switch (circuit.state) {
    case 'CLOSED':
      return 0;
    case 'OPEN':
      return Math.max(1, circuit.untilMs - nowMs);
    case 'HALF_OPEN':
      return circuit.running + ahead < settings.halfOpenMax ? 0 : HALF_OPEN_RETRY_MS;
  }
}

/** Counts a call that starts now; only where `refusedForMs` is 0. Keep the epoch for its end. */
export function started(circuit: Circuit, nowMs: number): Circuit {
  if (circuit.state !== 'HALF_OPEN') return circuit;
  return { ...circuit, running: circuit.running + 1, testedMs: nowMs };
}

export function finished(
  circuit: Circuit,
  settings: BreakerSettings,
  call: { readonly epoch: number; readonly result: CallResult; readonly nowMs: number },
): Circuit {
  // A call from before the last change tells of a gateway as it was then.
  if (call.epoch !== circuit.epoch) return circuit;
  switch (circuit.state) {
    case 'CLOSED':
      return finishedWhileClosed(circuit, settings, call);
    case 'OPEN':
      return circuit;
    case 'HALF_OPEN':
      return finishedWhileHalfOpen(circuit, settings, call);
  }
}

/** The gateway answered something that moves no money: a probe, a question, its feed. */
export function signOfLife(circuit: Circuit, settings: BreakerSettings, nowMs: number): Circuit {
  switch (circuit.state) {
    case 'CLOSED':
      return circuit;
    case 'OPEN':
      if (nowMs < circuit.earliestMs) return circuit;
      return halfOpen(circuit, nowMs, 'it answers again');
    case 'HALF_OPEN': {
      // Test calls decide; a gateway that gets none must not stay half open for ever.
      const idle = circuit.running === 0 && nowMs - circuit.testedMs >= settings.openMs;
      return idle ? succeeded(circuit, settings, nowMs) : circuit;
    }
  }
}

/** A probe got no answer. */
export function noSignOfLife(circuit: Circuit, settings: BreakerSettings, nowMs: number): Circuit {
  if (circuit.state !== 'HALF_OPEN') return circuit;
  return opened(circuit, settings, { nowMs, reason: 'a probe got no answer' });
}

const HALF_OPEN_RETRY_MS = 1_000;

type Ended = { readonly result: CallResult; readonly nowMs: number };

function finishedWhileClosed(
  circuit: ClosedCircuit,
  settings: BreakerSettings,
  { result, nowMs }: Ended,
): Circuit {
  if (result === 'neutral') return circuit;
  const failed = result === 'failure';
  const consecutiveFailures = failed ? circuit.consecutiveFailures + 1 : 0;
  const { windowMs } = settings;
  const rate = countInto(circuit.rate, { failed, nowMs, windowMs });
  const next = { ...circuit, consecutiveFailures, rate };
  if (!failed) return next;
  if (consecutiveFailures >= settings.consecutiveFailuresMax) {
    const reason = `${consecutiveFailures} calls in a row failed`;
    return opened(next, settings, { nowMs, reason });
  }
  const { calls, failures } = rateOf(rate, { nowMs, windowMs });
  if (calls < settings.samplesMin || failures / calls < settings.failureRate) return next;
  const reason = `${failures} of the last ${calls} calls failed`;
  return opened(next, settings, { nowMs, reason });
}

function finishedWhileHalfOpen(
  circuit: HalfOpenCircuit,
  settings: BreakerSettings,
  { result, nowMs }: Ended,
): Circuit {
  if (result === 'failure') {
    return opened(circuit, settings, { nowMs, reason: 'a test call failed' });
  }
  const rested = { ...circuit, running: Math.max(0, circuit.running - 1), testedMs: nowMs };
  return result === 'success' ? succeeded(rested, settings, nowMs) : rested;
}

function succeeded(circuit: HalfOpenCircuit, settings: BreakerSettings, nowMs: number): Circuit {
  const successes = circuit.successes + 1;
  if (successes < settings.closeSuccesses) return { ...circuit, successes };
  const reason = `${successes} tests in a row succeeded`;
  return closed({ epoch: circuit.epoch + 1, sinceMs: nowMs, reason, openings: 0 });
}

function closed(core: CircuitCore): ClosedCircuit {
  return { ...core, state: 'CLOSED', consecutiveFailures: 0, rate: emptyRate() };
}

function opened(
  { epoch, openings }: CircuitCore,
  { openMs }: BreakerSettings,
  { nowMs, reason }: { readonly nowMs: number; readonly reason: string },
): OpenCircuit {
  const growth = Math.min(OPEN_GROWTH ** openings, OPEN_GROWTH_MAX);
  return {
    state: 'OPEN',
    epoch: epoch + 1,
    sinceMs: nowMs,
    reason,
    openings: openings + 1,
    untilMs: nowMs + openMs * growth,
    earliestMs: nowMs + openMs,
  };
}

function halfOpen(
  { epoch, openings }: CircuitCore,
  nowMs: number,
  reason: string,
): HalfOpenCircuit {
  const core = { epoch: epoch + 1, sinceMs: nowMs, reason, openings };
  return { ...core, state: 'HALF_OPEN', running: 0, successes: 0, testedMs: nowMs };
}
