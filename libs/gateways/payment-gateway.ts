import type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';

export type { GatewayAnswer, GatewayFact } from '../payments/gateway-answer.js';

/** What every call to a gateway names. */
interface CallOf<Operation extends string> {
  readonly operation: Operation;
  /** The gateway key of the intent: UUID v5 of (payment id, operation, intent number). Sent as the idempotency key. */
  readonly key: string;
  readonly paymentId: string;
  readonly amount: bigint;
  readonly currency: string;
}

interface PaymentMethod {
  readonly type: string;
  readonly token: string;
}

export type GatewayCall =
  | (CallOf<'authorize'> & { readonly paymentMethod: PaymentMethod })
  | (CallOf<'purchase'> & { readonly paymentMethod: PaymentMethod })
  /** `reference`: the gateway's reference of the authorization. `final`: nothing else will be captured, release the rest. */
  | (CallOf<'capture'> & { readonly reference: string; readonly final: boolean })
  /** `amount` is the new total. */
  | (CallOf<'increment'> & { readonly reference: string })
  /** Releases what an authorization still holds (also one that waits for the customer). `authorizationKey`: the key of the authorize or purchase. `amount`: what is to be released. */
  | (CallOf<'void'> & { readonly reference: string | null; readonly authorizationKey: string })
  /** `reference`: the gateway's reference of the authorize or purchase that was captured. */
  | (CallOf<'refund'> & { readonly reference: string });

/** The gateway's word on a key; `not_found` proves nothing (the call may still be on its way). */
export type GatewayWord = GatewayAnswer | { readonly outcome: 'not_found' };

export interface GatewayCapabilities {
  /** One call that authorizes and captures. */
  readonly purchase: boolean;
  readonly increment: boolean;
  readonly multipleCaptures: boolean;
  readonly partialRefunds: boolean;
  /** For how long the same key performs nothing twice, in ms; null: keys are not honoured, never send again. */
  readonly keysHonouredForMs: number | null;
}

/** A webhook as it arrived: the signature is over the raw bytes. Header names in lower case. */
export interface IncomingWebhook {
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: Buffer;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
}

/** What a webhook tells. `rejected`: not the gateway's, too old or too new; `nothing`: genuine, of no concern to us. */
export type WebhookReading =
  | { readonly verdict: 'facts'; readonly facts: readonly GatewayFact[] }
  | { readonly verdict: 'nothing' }
  | {
      readonly verdict: 'rejected';
      readonly reason: 'unsupported' | 'signature' | 'age' | 'malformed';
    };

/**
 * One gateway. No method throws for what a gateway does: every failure of transport is an answer.
 * `timeoutMs` bounds the whole call, also reading the body.
 */
export abstract class PaymentGateway {
  abstract readonly name: string;
  abstract readonly capabilities: GatewayCapabilities;
  /** Performs the operation, or repeats the answer that this key had. */
  abstract send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer>;
  /** Asks what became of the call with this key; performs nothing. Of an authorize it also tells whether the authorization still stands. */
  abstract ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord>;
  /** Facts behind the cursor (null: from the first on), in the feed's order. Throws GatewayUnreachable. */
  abstract facts(
    cursor: string | null,
    timeoutMs: number,
  ): Promise<{ readonly facts: readonly GatewayFact[]; readonly cursor: string | null }>;

  /** Whether the adapter can charge this token at all. */
  acceptsToken(_token: string): boolean {
    return true;
  }

  /** Checks signature and age of a webhook and reads its facts; performs nothing. */
  readWebhook(_webhook: IncomingWebhook): WebhookReading {
    return { verdict: 'rejected', reason: 'unsupported' };
  }

  /** A cheap question that moves no money: is the gateway there? */
  async probe(timeoutMs: number): Promise<boolean> {
    return await this.facts(null, timeoutMs).then(
      () => true,
      () => false,
    );
  }
}

/**
 * The gateway can't be reached for its feed, or to be asked about a fact of it; try again later from the same cursor.
 */
export class GatewayUnreachable extends Error {
  readonly code = 'GATEWAY_UNREACHABLE';
}
