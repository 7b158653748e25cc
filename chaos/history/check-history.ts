import { checkAnswers, checkReads } from './check-answers.js';
import { checkCall, recordedCalls, unaskedCalls } from './check-calls.js';
import { checkPayments } from './check-payments.js';
import type { Evidence, Violation } from './evidence.js';
import { sentCalls, type Sent } from './sent-calls.js';

/**
 * Holds what clients saw against the streams and the gateways' books: every 2xx is there once, what was not answered
 * once or not at all, no two answers to one key differ, no read goes back, every charge has its intent.
 */
export function checkHistory(evidence: Evidence): readonly Violation[] {
  const { streams } = evidence;
  const { byKeyHash, reads } = sentCalls(evidence.lines);
  const recorded = recordedCalls(streams);
  const all: readonly Sent[] = [...[...byKeyHash.values()].flat(), ...reads];
  return [
    ...[...byKeyHash].flatMap(([keyHash, sendings]) => checkCall(keyHash, sendings, recorded)),
    ...unaskedCalls(recorded, byKeyHash),
    ...checkAnswers(all, streams),
    ...checkReads(all),
    ...checkPayments(evidence),
    ...internalErrors(all),
  ];
}

/** An engine that is away is answered 503; 500 is a bug, whatever is killed. */
function internalErrors(sendings: readonly Sent[]): readonly Violation[] {
  return sendings.flatMap(({ op, call, outcome }) => {
    if (outcome?.status !== 500) return [];
    const where = `operation ${op}, ${call.method} ${call.path}`;
    return [{ rule: 'an internal error', where, message: outcome.body ?? '' }];
  });
}
