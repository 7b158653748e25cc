import fc from 'fast-check';
import { PaymentWorld } from '../testing/payment-world.js';
import type { Account } from '../testing/model-gateway.js';
import { foldPayment } from './payment.fold.js';
import { leftToCapture } from './payment.totals.js';
import { EVENT_VERSIONS } from './payment.upcasters.js';

const lives = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 50, maxLength: 600, size: 'max' });

/** Plays one life; every choice comes from the list, and 0 once it is used up. */
function played(choices: readonly number[]): PaymentWorld {
  let used = 0;
  const choose = (bound: number) => (choices[used++] ?? 0) % Math.max(1, bound);
  const world = new PaymentWorld(choose);
  while (used < choices.length) world.step();
  return world;
}

describe('a payment among gateways that keep books of their own', () => {
  it('agrees with their books once all is quiet, and no money is taken twice (I-13, I-14)', () => {
    fc.assert(
      fc.property(lives, (choices) => {
        const world = played(choices);
        world.settleDown();
        const payment = world.state;
        const accounts = world.gateways.flatMap((gateway) => [...gateway.accounts.values()]);
        const base = payment.base === null ? undefined : payment.operations[payment.base - 1];
        const own = accounts.find((account) => account.reference === base?.reference);
        expect(own?.captured ?? 0n).toBe(payment.amountCaptured);
        expect(own?.refunded ?? 0n).toBe(payment.amountRefunded);
        expect(own?.disputed ?? 0n).toBe(payment.amountChargedBack);
        if (payment.stop !== null) return;
        const kept = accounts.filter((account) => account !== own && keeps(account) > 0n);
        expect(kept).toEqual([]);
        if (own?.state === 'held') expect(leftToCapture(payment)).toBeGreaterThan(0n);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same when its stored events are folded again', () => {
    fc.assert(
      fc.property(lives, (choices) => {
        const world = played(choices);
        const stored = world.events.map(({ at, type, data }) =>
          JSON.parse(
            JSON.stringify({ type, version: EVENT_VERSIONS[type], data, metadata: { at } }),
          ),
        );
        expect(foldPayment(stored)).toEqual(world.payment);
      }),
    );
  });
});

/** What an account still has of the customer: held, or taken and not given back. */
function keeps(account: Account): bigint {
  if (account.state === 'held' || account.state === 'action') return account.authorized || 1n;
  const kept = account.captured - account.refunded - account.disputed;
  return kept > 0n ? kept : 0n;
}
