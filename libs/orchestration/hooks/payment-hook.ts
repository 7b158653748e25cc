export type HookedOperation = 'authorize' | 'capture' | 'refund';

/** What a client's call is about to do. Amounts in minor units. */
export interface BeforeSubject {
  readonly paymentId: string;
  readonly merchantId: string;
  /** Who calls: `merchant:mer_...`, `operator:key_...`. */
  readonly actor: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly customerId: string | null;
  readonly orderId: string | null;
}

/** Asked before anything of the operation is durable, so a veto leaves nothing behind. */
export interface BeforeHook {
  readonly name: string;
  readonly before: HookedOperation;
  /** What counts where the hook throws or gives no answer in time. */
  readonly whenAway: 'go_on' | 'veto';
  /** A veto's sentence is shown to the client. May be asked more than once for one call. */
  readonly run: (
    subject: BeforeSubject,
    signal: AbortSignal,
  ) => Promise<'go_on' | { readonly veto: string }>;
}

/** What a gateway answered; read from the log. */
export interface AfterSubject {
  /** The same on every delivery. */
  readonly eventId: string;
  readonly paymentId: string;
  readonly at: string;
  readonly outcome: 'approved' | 'declined';
  /** Minor units; null where it was declined. */
  readonly amount: bigint | null;
}

/** Told from the log, at least once and in no certain order; what it throws is logged and nothing more. */
export interface AfterHook {
  readonly name: string;
  readonly after: HookedOperation;
  readonly run: (subject: AfterSubject, signal: AbortSignal) => Promise<void>;
}

export type PaymentHook = BeforeHook | AfterHook;
