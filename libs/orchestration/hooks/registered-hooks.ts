import type { PaymentHook } from './payment-hook.js';

/** The hooks of this installation: a line registers one. */
export const REGISTERED_HOOKS: readonly PaymentHook[] = [];
