import * as fc from 'fast-check';
import {
  advanced,
  closedCircuit,
  finished,
  noSignOfLife,
  OPEN_GROWTH_MAX,
  refusedForMs,
  signOfLife,
  started,
  type BreakerSettings,
  type CallResult,
  type Circuit,
} from './circuit-breaker.js';

const SETTINGS: BreakerSettings = {
  openMs: 1_000,
  failureRate: 0.5,
  samplesMin: 10,
  consecutiveFailuresMax: 5,
  windowMs: 30_000,
  halfOpenMax: 2,
  closeSuccesses: 3,
};

/** One call after another, each at once. */
function after(circuit: Circuit, results: readonly CallResult[], nowMs: number): Circuit {
  return results.reduce<Circuit>((before, result) => {
    const running = started(advanced(before, nowMs), nowMs);
    return finished(running, SETTINGS, { epoch: running.epoch, result, nowMs });
  }, circuit);
}

function times(count: number, result: CallResult): CallResult[] {
  return Array.from({ length: count }, () => result);
}

const openAtZero = () => after(closedCircuit(0), times(5, 'failure'), 0);

describe('a circuit breaker', () => {
  it('opens after failures in a row, says why, and refuses until its time is over', () => {
    expect(after(closedCircuit(0), times(4, 'failure'), 0).state).toBe('CLOSED');
    const open = openAtZero();
    expect(open).toMatchObject({ state: 'OPEN', reason: '5 calls in a row failed' });
    expect(refusedForMs(open, SETTINGS, { nowMs: 400 })).toBe(600);
    expect(advanced(open, 999).state).toBe('OPEN');
    expect(advanced(open, 1_000).state).toBe('HALF_OPEN');
  });

  it('a success between them ends the row, a 429 does not', () => {
    const broken = [...times(4, 'failure'), 'success', ...times(4, 'failure')] as const;
    expect(after(closedCircuit(0), broken, 0).state).toBe('CLOSED');
    const limited = [...times(4, 'failure'), 'neutral', 'failure'] as const;
    expect(after(closedCircuit(0), limited, 0).state).toBe('OPEN');
  });

  it('opens by the rate of failures, once there are enough calls in the window', () => {
    const turns = (count: number): CallResult[] =>
      Array.from({ length: count }, (_, turn) => (turn % 2 === 0 ? 'success' : 'failure'));
    expect(after(closedCircuit(0), turns(9), 0).state).toBe('CLOSED');
    const open = after(closedCircuit(0), turns(10), 0);
    expect(open).toMatchObject({ state: 'OPEN', reason: '5 of the last 10 calls failed' });
    // The same failures, but long ago.
    const old = after(closedCircuit(0), turns(9), 0);
    expect(after(old, ['failure'], 31_000).state).toBe('CLOSED');
  });

  it('stays closed below that rate, however many calls there are', () => {
    const turns = Array.from({ length: 60 }, (_, turn): CallResult => {
      return turn % 3 === 2 ? 'failure' : 'success';
    });
    expect(after(closedCircuit(0), turns, 0).state).toBe('CLOSED');
  });

  it('is not opened by a probe that got no answer while calls do', () => {
    const circuit = closedCircuit(0);
    expect(noSignOfLife(circuit, SETTINGS, 10)).toBe(circuit);
    expect(noSignOfLife(advanced(openAtZero(), 1_000), SETTINGS, 1_010).state).toBe('OPEN');
  });

  it('counts a 429 to a test call as none, and gives its place back', () => {
    let half = advanced(openAtZero(), 1_000);
    for (let tests = 0; tests < SETTINGS.closeSuccesses; tests += 1) {
      half = after(half, ['neutral'], 1_000);
    }
    expect(half).toMatchObject({ state: 'HALF_OPEN', successes: 0, running: 0 });
    half = started(started(half, 1_001), 1_001);
    half = finished(half, SETTINGS, { epoch: half.epoch, result: 'neutral', nowMs: 1_002 });
    expect(half).toMatchObject({ running: 1 });
  });

  it('takes no sign of life for a test while one hangs', () => {
    let half = started(advanced(openAtZero(), 1_000), 1_000);
    for (let signs = 1; signs <= SETTINGS.closeSuccesses; signs += 1) {
      half = signOfLife(half, SETTINGS, 1_000 + signs * SETTINGS.openMs);
    }
    expect(half).toMatchObject({ state: 'HALF_OPEN', successes: 0 });
  });

  it('lets only so many test calls run at once while half open', () => {
    let half = advanced(openAtZero(), 1_000);
    half = started(half, 1_000);
    expect(refusedForMs(half, SETTINGS, { nowMs: 1_000 })).toBe(0);
    half = started(half, 1_000);
    expect(refusedForMs(half, SETTINGS, { nowMs: 1_000 })).toBeGreaterThan(0);
    const { epoch } = half;
    half = finished(half, SETTINGS, { epoch, result: 'success', nowMs: 1_001 });
    expect(refusedForMs(half, SETTINGS, { nowMs: 1_001 })).toBe(0);
  });

  it('closes after successes in a row, and any failure among them reopens it for longer', () => {
    const half = advanced(openAtZero(), 1_000);
    expect(after(half, times(2, 'success'), 1_000).state).toBe('HALF_OPEN');
    expect(after(half, times(3, 'success'), 1_000).state).toBe('CLOSED');
    const reopened = after(half, ['success', 'success', 'failure'], 1_000);
    expect(reopened).toMatchObject({ state: 'OPEN', untilMs: 3_000, reason: 'a test call failed' });
    const closed = after(half, times(3, 'success'), 1_000);
    expect(after(closed, times(5, 'failure'), 1_000)).toMatchObject({ untilMs: 2_000 });
  });

  it('stays open no longer than eight times its first opening', () => {
    let circuit: Circuit = openAtZero();
    for (let opening = 0; opening < 10; opening += 1) {
      const nowMs = circuit.state === 'OPEN' ? circuit.untilMs : 0;
      circuit = after(circuit, ['failure'], nowMs);
    }
    expect(refusedForMs(circuit, SETTINGS, { nowMs: circuit.sinceMs })).toBe(8_000);
  });

  it('keeps test calls that are about to start within its bound', () => {
    const half = advanced(openAtZero(), 1_000);
    expect(refusedForMs(half, SETTINGS, { nowMs: 1_000, ahead: 1 })).toBe(0);
    expect(refusedForMs(half, SETTINGS, { nowMs: 1_000, ahead: 2 })).toBeGreaterThan(0);
  });

  it('does not count the end of a call that began before the last change', () => {
    const before = closedCircuit(0);
    const late = (circuit: Circuit, result: CallResult) =>
      finished(circuit, SETTINGS, { epoch: before.epoch, result, nowMs: 1_000 });
    const half = advanced(openAtZero(), 1_000);
    expect(late(half, 'failure')).toBe(half);
    expect(late(half, 'success')).toBe(half);
  });

  it('a sign of life ends a grown opening, never the first stretch of it', () => {
    const grown = after(advanced(openAtZero(), 1_000), ['failure'], 1_000);
    expect(signOfLife(grown, SETTINGS, 1_999).state).toBe('OPEN');
    expect(signOfLife(grown, SETTINGS, 2_000).state).toBe('HALF_OPEN');
  });

  it('probes close what no payment tests, and reopen what they can not reach', () => {
    const half = advanced(openAtZero(), 1_000);
    expect(noSignOfLife(half, SETTINGS, 1_000).state).toBe('OPEN');
    expect(signOfLife(half, SETTINGS, 1_500)).toBe(half);
    let idle: Circuit = half;
    for (const nowMs of [2_000, 3_000, 4_000]) idle = signOfLife(idle, SETTINGS, nowMs);
    expect(idle.state).toBe('CLOSED');
    const tested = after(half, ['success'], 1_900);
    expect(signOfLife(tested, SETTINGS, 2_000)).toBe(tested);
  });

  it('keeps its promises whatever happens', () => {
    const step = fc.record({
      what: fc.constantFrom('start', 'success', 'failure', 'neutral', 'alive', 'silent'),
      pauseMs: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let circuit: Circuit = closedCircuit(0);
        let nowMs = 0;
        const running: number[] = [];
        for (const { what, pauseMs } of steps) {
          nowMs += pauseMs;
          const before = advanced(circuit, nowMs);
          circuit = before;
          if (what === 'start') {
            if (refusedForMs(circuit, SETTINGS, { nowMs }) > 0) continue;
            circuit = started(circuit, nowMs);
            running.push(circuit.epoch);
          } else if (what === 'alive') circuit = signOfLife(circuit, SETTINGS, nowMs);
          else if (what === 'silent') circuit = noSignOfLife(circuit, SETTINGS, nowMs);
          else {
            const epoch = running.shift();
            if (epoch === undefined) continue;
            circuit = finished(circuit, SETTINGS, { epoch, result: what, nowMs });
            if (before.state === 'HALF_OPEN' && what === 'failure' && epoch === before.epoch) {
              expect(circuit.state).toBe('OPEN');
            }
          }
          checkPromises(before, circuit, running);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function checkPromises(before: Circuit, circuit: Circuit, running: readonly number[]): void {
  const tests = running.filter((epoch) => epoch === circuit.epoch).length;
  if (circuit.state === 'HALF_OPEN') {
    expect(tests).toBeLessThanOrEqual(SETTINGS.halfOpenMax);
    expect(circuit.running).toBe(tests);
    expect(circuit.successes).toBeLessThan(SETTINGS.closeSuccesses);
  }
  if (circuit.state === 'OPEN') {
    expect(tests).toBe(0);
    const openMs = circuit.untilMs - circuit.sinceMs;
    expect(openMs).toBeGreaterThanOrEqual(SETTINGS.openMs);
    expect(openMs).toBeLessThanOrEqual(SETTINGS.openMs * OPEN_GROWTH_MAX);
  }
  if (circuit.state === 'CLOSED') expect(circuit.rate.length).toBeLessThanOrEqual(10);
  if (circuit.epoch === before.epoch) expect(circuit.state).toBe(before.state);
  else expect([before.state, circuit.state]).not.toEqual(['OPEN', 'CLOSED']);
}
