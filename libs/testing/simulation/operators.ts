import type { PaymentRequest } from '../../orchestration/payment-calls.js';
import { nextStep } from '../../payments/payment.next-step.js';
import type { Operation, Payment } from '../../payments/payment.state.js';
import { openIntentOf, openUndoings } from '../../payments/payment.totals.js';
import type { Clients } from './clients.js';
import type { GatewayWorld } from './gateway-world.js';
import type { StreamChecks } from './stream-checks.js';
import type { World } from './world.js';

type Resolution = Extract<PaymentRequest, { command: 'resolve' }>;

/** So often somebody looks at an intent that was just stored, and does not wait for its sender. */
const HURRIES_ONCE_IN = 8;
const HURRY_SPREAD_MS = 600;

/** People who look at what stands still, and see each gateway's own pages. */
export class Operators {
  constructor(
    private readonly world: World,
    private readonly clients: Clients,
    private readonly about: {
      readonly checks: StreamChecks;
      readonly gateways: ReadonlyMap<string, GatewayWorld>;
    },
  ) {
    world.log.watch((stream) => this.#hurryTo(stream));
  }

  /** Looks at one payment and does something about it, not always wisely. */
  async interfere(): Promise<void> {
    const waiting = [...this.about.checks.payments.values()].filter(isStanding);
    const payment = this.world.pick(waiting);
    if (payment === undefined) return;
    const open = openIntentOf(payment);
    this.world.faults.met('operator_interferes');
    if (open !== null && this.world.faults.strikes('operator_misjudges', 3)) {
      await this.#resolve(payment, declined(open));
      return;
    }
    await this.#resolve(payment, this.#resolutionOf(payment));
  }

  /** Resolves what somebody is at work on. */
  #hurryTo(stream: string): void {
    const { world, about } = this;
    const isRunning = () => runningIntentOf(about.checks.payments.get(stream)) !== null;
    if (!isRunning() || !world.faults.isDue(HURRIES_ONCE_IN)) return;
    world.scheduler.in(world.choose(HURRY_SPREAD_MS), () => {
      const payment = about.checks.payments.get(stream);
      const running = runningIntentOf(payment);
      if (payment === undefined || running === null || world.faults.over) return;
      world.faults.met('operator_hurries');
      void this.#resolve(payment, this.#hastyResolutionOf(payment, running));
    });
  }

  /** Of what runs, or of what stands beside it. */
  #hastyResolutionOf(payment: Payment, running: Operation): Resolution['operation'] {
    const choices = [() => declined(running), () => this.#asTheGatewayShows(running)];
    if (payment.stop !== null) choices.push(() => null);
    for (const undone of openUndoings(payment)) choices.push(() => this.#givenBack(undone));
    return this.world.pick(choices)?.() ?? null;
  }

  /** After everything: whatever still waits for a person gets one. */
  tidyUp(): void {
    for (const payment of this.about.checks.payments.values()) {
      if (isStanding(payment)) void this.#resolve(payment, this.#resolutionOf(payment));
    }
  }

  #resolutionOf(payment: Payment): Resolution['operation'] {
    const open = openIntentOf(payment) ?? unwanted(payment);
    if (open !== null) return this.#asTheGatewayShows(open);
    const [undone] = payment.stop === null ? [] : openUndoings(payment);
    return undone === undefined ? null : this.#givenBackByHand(undone);
  }

  #asTheGatewayShows(operation: Operation): Resolution['operation'] {
    const word = this.about.gateways.get(operation.gateway)?.model.ask(operation.key);
    if (word?.outcome !== 'approved') return declined(operation);
    const { intent } = operation;
    const { amount, reference } = word;
    return { intent, outcome: 'approved', amount, gatewayReference: reference };
  }

  /** Or tries on: null lifts the stop only. */
  #givenBackByHand(undone: Operation): Resolution['operation'] {
    return this.world.choose(2) === 0 ? null : this.#givenBack(undone);
  }

  #givenBack({ intent, gateway, key }: Operation): Resolution['operation'] {
    this.about.gateways.get(gateway)?.model.giveBackByHand(key);
    return { intent, outcome: 'undone', amount: null, gatewayReference: null };
  }

  async #resolve(payment: Payment, operation: Resolution['operation']): Promise<void> {
    await this.clients.ask(payment.id, { command: 'resolve', reason: 'by hand', operation });
    // What is closed as declined may be tried once more, also where it was not declined.
    if (operation?.outcome !== 'declined' || !this.world.faults.isDue(2)) return;
    await this.clients.ask(payment.id, { command: 'retry', paymentMethod: null });
  }
}

function declined({ intent }: Operation): Resolution['operation'] {
  return { intent, outcome: 'declined', amount: null, gatewayReference: null };
}

function runningIntentOf(payment: Payment | undefined): Operation | null {
  const open = payment === undefined ? null : openIntentOf(payment);
  return open?.outcome === 'open' ? open : null;
}

function isStanding(payment: Payment): boolean {
  if (payment.stop !== null || unwanted(payment) !== null) return true;
  const open = openIntentOf(payment);
  return open !== null && open.outcome !== 'open';
}

/** The action that a void could not end. */
function unwanted(payment: Payment): Operation | null {
  const step = nextStep(payment);
  return step.step === 'ask_action' ? (payment.operations[step.intent - 1] ?? null) : null;
}
