import { simulatorAdapter } from './simulator/simulator.adapter.js';
import { stripeAdapter } from './stripe/stripe.adapter.js';

/** By the name in GATEWAYS; a new one is a file of its own and a line here. */
export const GATEWAY_ADAPTERS = {
  simulator: simulatorAdapter,
  stripe: stripeAdapter,
} as const;
