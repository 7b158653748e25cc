import type Stripe from 'stripe';
import type { GatewayCall, GatewayWord } from '../payment-gateway.js';
import {
  answerOfAttempt,
  answerOfRefund,
  wordOfCapture,
  wordOfIncrement,
  wordOfVoid,
} from './stripe-answers.js';
import { findIntent, findRefund, retrieveIntent, type TimeLeft } from './stripe-api.js';
import { isReference } from './stripe-calls.js';

/** What Stripe shows of a call; changes nothing there. @throws what the library throws, ZodError */
export async function lookUp(
  stripe: Stripe,
  call: GatewayCall,
  left: TimeLeft,
): Promise<GatewayWord> {
  switch (call.operation) {
    case 'authorize':
    case 'purchase': {
      const intent = await findIntent(stripe, call.key, left);
      return intent === null ? NOT_FOUND : answerOfAttempt(call, intent);
    }
    case 'capture':
      if (!isReference(call.reference)) return NOT_FOUND;
      return wordOfCapture(call, await retrieveIntent(stripe, call.reference, left));
    case 'increment':
      if (!isReference(call.reference)) return NOT_FOUND;
      return wordOfIncrement(call, await retrieveIntent(stripe, call.reference, left));
    case 'void': {
      const intent =
        call.reference === null
          ? await findIntent(stripe, call.authorizationKey, left)
          : await retrieveIntent(stripe, call.reference, left);
      return intent === null ? NOT_FOUND : wordOfVoid(intent);
    }
    case 'refund': {
      if (!isReference(call.reference)) return NOT_FOUND;
      const of = { intent: call.reference, key: call.key };
      const refund = await findRefund(stripe, of, left);
      return refund === null ? NOT_FOUND : answerOfRefund(refund);
    }
  }
}

const NOT_FOUND = { outcome: 'not_found' } as const;
