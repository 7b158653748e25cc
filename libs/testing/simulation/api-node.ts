import { recordFact } from '../../orchestration/fact-recorder.js';
import { PaymentCallRunner } from '../../orchestration/payment-call-runner.js';
import type { CallAnswer, PaymentCall } from '../../orchestration/payment-calls.js';
import type { GatewayFact } from '../../gateways/payment-gateway.js';
import { isTrouble } from './trouble.js';
import type { Installation } from './installation.js';
import { Life } from './simulated-node.js';

const TRIP_SPREAD_MS = 20;
const SKEW_SPREAD_MS = 4_000;

/** What a client hears: an answer, or that the connection broke and nobody knows. */
export type Heard = CallAnswer | 'cut';

/** A process of the API: each start is a new life with nothing in its memory. */
export class ApiNode {
  life: Life;
  #runner: PaymentCallRunner;
  #ports: ReturnType<Installation['portsOf']>;

  constructor(
    readonly name: string,
    private readonly installation: Installation,
  ) {
    [this.life, this.#ports] = this.#start();
    this.#runner = new PaymentCallRunner(this.#ports);
  }

  restart(): void {
    [this.life, this.#ports] = this.#start();
    this.#runner = new PaymentCallRunner(this.#ports);
  }

  /** Over the network, as a client calls. */
  call(call: PaymentCall): Promise<Heard> {
    const { world } = this.installation;
    return new Promise((resolve) => {
      const answer = (heard: Heard) =>
        world.scheduler.in(world.choose(TRIP_SPREAD_MS), () => resolve(heard));
      world.scheduler.in(world.choose(TRIP_SPREAD_MS), () => {
        const { life } = this;
        if (!life.isAlive) return void answer('cut');
        const cut = () => void answer('cut');
        life.onCrash.add(cut);
        const runner = this.#runner;
        life.in(0, () => {
          runner
            .execute(call)
            .then(answer, (error: unknown) => {
              world.violated(`${call.request.command} of ${call.paymentId}: ${String(error)}`);
            })
            .finally(() => life.onCrash.delete(cut))
            .catch(() => undefined);
        });
      });
    });
  }

  /** A gateway's webhook; false: it was not taken and comes again. */
  webhook(gateway: string, fact: GatewayFact): Promise<boolean> {
    const { world } = this.installation;
    const { life } = this;
    return new Promise((resolve) => {
      if (!life.isAlive) return resolve(false);
      const cut = () => resolve(false);
      life.onCrash.add(cut);
      life.in(world.choose(TRIP_SPREAD_MS), () => {
        recordFact(this.#ports, gateway, fact)
          .then(
            () => resolve(true),
            (error: unknown) => {
              if (!isTrouble(error)) world.violated(`webhook of ${gateway}: ${String(error)}`);
              resolve(false);
            },
          )
          .finally(() => life.onCrash.delete(cut))
          .catch(() => undefined);
      });
    });
  }

  #start(): [Life, ReturnType<Installation['portsOf']>] {
    const { world } = this.installation;
    const skewMs = world.choose(SKEW_SPREAD_MS) - SKEW_SPREAD_MS / 2;
    const life = new Life(this.name, world, skewMs);
    return [life, this.installation.portsOf(life, new AbortController().signal)];
  }
}
