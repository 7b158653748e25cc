import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { Account } from '../testing/model-gateway-books.js';
import { playedLife } from '../testing/payment-world.js';
import { PAYMENT_STATUSES, type PaymentStatus } from './payment-status.js';
import { foldPayment } from './payment.fold.js';
import { STATUS_RULE, TRANSITIONS } from './payment.lifecycle.js';
import { leftToCapture } from './payment.totals.js';
import { EVENT_VERSIONS } from './payment.upcasters.js';

/** A life by its seed, and how many things happen in it. */
const lives = fc.record({ seed: fc.nat(), steps: fc.integer({ min: 10, max: 300 }) });

/** The same lives in each run, for what must have been reached at all. */
const FIXED_LIVES = 700;

describe('a payment among gateways that keep books of their own', () => {
  it('agrees with their books once all is quiet, and no money is kept twice (I-13, I-14)', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const world = playedLife(life);
        world.settleDown();
        const payment = world.state;
        const accounts = world.gateways.flatMap((gateway) => [...gateway.books.accounts.values()]);
        const base = payment.base === null ? undefined : payment.operations[payment.base - 1];
        const own = accounts.find((account) => account.reference === base?.reference);
        expect(own?.captured ?? 0n).toBe(payment.amountCaptured);
        expect(own?.disputed ?? 0n).toBe(payment.amountChargedBack);
        expect(own?.refunded ?? 0n).toBe(payment.amountRefunded);
        if (payment.stop !== null) return;
        expect(accounts.filter((account) => account !== own && keeps(account))).toEqual([]);
        if (own?.state === 'held') expect(leftToCapture(payment)).toBeGreaterThan(0n);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same when its stored events are folded again', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const world = playedLife(life);
        const stored = world.events.map(({ at, type, data }) => ({
          type,
          version: EVENT_VERSIONS[type],
          data: JSON.parse(JSON.stringify(data)),
          metadata: { at },
        }));
        expect(foldPayment(stored)).toEqual(world.payment);
      }),
    );
  });

  it('moves only along the published table (I-17)', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const world = playedLife(life);
        world.settleDown();
        expect(world.moves.filter(({ from, to }) => !isPublished(from, to))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('reaches every status and event, each event in the shape of its golden file', () => {
    const statuses = new Set<string>();
    const types = new Set<string>();
    const steps = new Set<string>();
    const shapes = new Set<string>();
    for (let seed = 1; seed <= FIXED_LIVES; seed += 1) {
      const world = playedLife({ seed, steps: 10 + (seed % 150) });
      world.settleDown();
      statuses.add('INITIATED');
      world.moves.forEach(({ to }) => statuses.add(to));
      world.taken.forEach((step) => steps.add(step));
      for (const { type, data } of world.events) {
        types.add(type);
        shapes.add(`${type}: ${Object.keys(data).sort().join(' ')}`);
      }
    }
    expect([...shapes].sort()).toEqual([...types].sort().map(goldenShape));
    // Not reached here: a fact that no operation of the payment knows.
    types.add('FactUnmatched');
    expect([...types].sort()).toEqual(Object.keys(EVENT_VERSIONS).sort());
    expect([...statuses].sort()).toEqual([...PAYMENT_STATUSES].sort());
    expect([...steps].sort()).toEqual([
      'ask_action',
      'ask_authorization',
      'attempt',
      'capture',
      'learn',
      'none',
      'undo',
      'void',
    ]);
  });
});

/** What an account still has of the customer: held, or taken and not given back. */
function keeps(account: Account): boolean {
  if (account.byHand) return false;
  if (account.state === 'held' || account.state === 'action') return true;
  return account.captured - account.refunded - account.disputed > 0n;
}

const BY_THE_RULE = new Set<PaymentStatus>(STATUS_RULE.map(({ status }) => status));

function isPublished(from: PaymentStatus, to: PaymentStatus): boolean {
  if (BY_THE_RULE.has(from) && BY_THE_RULE.has(to)) return true;
  return TRANSITIONS.some(
    (transition) =>
      transition.from.includes(from) &&
      (transition.to.includes(to) ||
        (transition.to.includes('by_the_rule') && BY_THE_RULE.has(to))),
  );
}

function goldenShape(type: string): string {
  const file = path.join(process.cwd(), `libs/payments/golden/${type}.v${versionOf(type)}.json`);
  const { data } = JSON.parse(readFileSync(file, 'utf8'));
  return `${type}: ${Object.keys(data).sort().join(' ')}`;
}

function versionOf(type: string): number | undefined {
  return Object.entries(EVENT_VERSIONS).find(([name]) => name === type)?.[1];
}
