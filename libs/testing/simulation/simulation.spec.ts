import { FAULT_KINDS } from './faults.js';
import { MUTATIONS } from './mutations.js';
import { simulate } from './simulation.js';
import { SimulationSum } from './simulation-sum.js';
import { PAYMENT_STATUSES } from '../../payments/payment-status.js';

/** Seeds from 1 on: at least so many, and then on until everything was reached, but no further than the most. */
const FIXED_SEEDS_LEAST = 40;
const FIXED_SEEDS_MOST = 250;
/** Against hanging only: the machine may do other things as well. */
const TIMEOUT_MS = 300_000;
const FRESH_MS = 5_000;
const SEED_SPREAD = 1_000_000_000;
const FAULTS_LEAST = 5;
const PAYMENTS_EACH = 20;
/** A broken guard shows within so many seeds. */
const FOUND_WITHIN_SEEDS = 10;

/** Every step that `nextStep` can ask for, with what it depends on. */
const BRANCHES = [
  'ask_action',
  'ask_authorization by default',
  'ask_authorization by gateway',
  'attempt authorize anywhere',
  'attempt authorize there again',
  'attempt purchase anywhere',
  'attempt purchase there again',
  'capture by automatic',
  'capture by timer',
  'learn of open',
  'learn of pending',
  'learn of unknown',
  'none',
  'none while stopped',
  'undo of authorize',
  'undo of purchase',
  'void for action_timed_out',
  'void for cancel',
  'void for capture_declined',
];

function notReached(sum: SimulationSum): readonly string[] {
  return [
    ...BRANCHES.filter((branch) => !sum.branches.has(branch)),
    ...PAYMENT_STATUSES.filter((status) => !sum.statuses.has(status)),
    ...FAULT_KINDS.filter((kind) => !sum.faults.has(kind)),
  ];
}

describe('a whole installation in virtual time', () => {
  it(
    'holds every rule over the fixed seeds, and reaches every step, status and fault',
    async () => {
      const sum = new SimulationSum();
      const failures: string[] = [];
      const goesOn = () => sum.seeds < FIXED_SEEDS_LEAST || notReached(sum).length > 0;
      for (let seed = 1; seed <= FIXED_SEEDS_MOST && goesOn(); seed += 1) {
        const report = await simulate(seed);
        sum.add(report);
        if (report.violations.length > 0) failures.push(sum.failureText(report));
      }
      expect(failures).toEqual([]);
      expect(notReached(sum)).toEqual([]);
      expect([...sum.branches.keys()].filter((branch) => !BRANCHES.includes(branch))).toEqual([]);
      expect(sum.payments).toBe(sum.seeds * PAYMENTS_EACH);
      expect(sum.fewestFaults).toBeGreaterThanOrEqual(FAULTS_LEAST);
    },
    TIMEOUT_MS,
  );

  it('holds every rule over fresh seeds, and says which one did not', async () => {
    const first = Math.floor(Math.random() * SEED_SPREAD);
    const endsMs = performance.now() + FRESH_MS;
    const failures: string[] = [];
    const sum = new SimulationSum();
    for (let seed = first; performance.now() < endsMs; seed += 1) {
      const report = await simulate(seed);
      if (report.violations.length > 0) failures.push(sum.failureText(report));
    }
    expect(failures).toEqual([]);
  });

  it('is the same to the last byte for the same seed, and another for another', async () => {
    const [once, again, other] = [await simulate(11), await simulate(11), await simulate(12)];
    expect(again.trace).toEqual(once.trace);
    expect(again.traceHash).toBe(once.traceHash);
    expect(other.traceHash).not.toBe(once.traceHash);
  });
});

describe('a guard that is broken on purpose', () => {
  it.each([
    ['revision check', /I-6|I-7|I-14|does not fold|runs backwards/],
    ['intent before effect', /I-10/],
    ['unknown is not failed', /I-11|I-13/],
  ] as const)('is found out: %s', async (guard, rule) => {
    const found: string[] = [];
    for (let seed = 1; seed <= FOUND_WITHIN_SEEDS && found.length === 0; seed += 1) {
      const { violations } = await simulate(seed, MUTATIONS[guard]);
      found.push(...violations);
    }
    expect(found[0]).toMatch(rule);
  });
});
