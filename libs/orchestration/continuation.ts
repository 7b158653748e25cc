import type { NextStep } from '../payments/payment.next-step.js';
import { ASK_FIRST_PAUSE_MS } from './asking-pauses.js';

/** When to look at the payment again. */
export type Continuation =
  | { readonly next: 'never' }
  /** Somebody may be at work on it: nothing was done. */
  | { readonly next: 'running' }
  | { readonly next: 'at'; readonly at: string }
  | { readonly next: 'after'; readonly ms: number };

/** Revision of the stream that a continuation has seen. */
export interface Continued {
  readonly revision: number;
  readonly continuation: Continuation;
}

/** A step that is due at once is looked at again soon: what it waits for is not in the payment. */
export function whenDue(step: NextStep): Continuation {
  if (step.step === 'none') return { next: 'never' };
  if (step.at === null) return { next: 'after', ms: ASK_FIRST_PAUSE_MS };
  return { next: 'at', at: step.at };
}

/** The continuation, but after `ms` at the latest. */
export function within(ms: number, continuation: Continuation, now: string): Continuation {
  switch (continuation.next) {
    case 'never':
      return { next: 'after', ms };
    case 'running':
      return continuation;
    case 'at': {
      const leftMs = Date.parse(continuation.at) - Date.parse(now);
      return leftMs < ms ? continuation : { next: 'after', ms };
    }
    case 'after':
      return { next: 'after', ms: Math.min(ms, continuation.ms) };
  }
}
