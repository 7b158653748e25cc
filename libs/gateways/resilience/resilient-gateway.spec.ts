import { ScriptedGateway } from '../../testing/scripted-gateway.js';
import { SteppedClock } from '../../testing/stepped-clock.js';
import type { GatewayAnswer, GatewayCall } from '../payment-gateway.js';
import type { BreakerChange } from './gateway-doors.js';
import { ResilientGateway, type SeenCall } from './resilient-gateway.js';
import { DEFAULT_RESILIENCE_SETTINGS, type ResilienceSettings } from './resilience-settings.js';

const TIMEOUT_MS = 1_000;
const UNKNOWN: GatewayAnswer = { outcome: 'unknown', message: 'reset' };
const NOT_SENT: GatewayAnswer = {
  outcome: 'refused',
  reason: 'not_sent',
  message: 'ECONNREFUSED',
};
const SHED = { outcome: 'refused', reason: 'not_sent' };

let calls = 0;

function purchase(): GatewayCall {
  calls += 1;
  return {
    operation: 'purchase',
    key: `key-${calls}`,
    paymentId: `pay_${calls}`,
    amount: 2500n,
    currency: 'EUR',
    paymentMethod: { type: 'card', token: 'tok_approve' },
  };
}

function stand(settings: Partial<ResilienceSettings> = {}) {
  const clock = new SteppedClock();
  const inner = new ScriptedGateway('alpha');
  const changes: BreakerChange[] = [];
  const seen: SeenCall[] = [];
  const gateway = new ResilientGateway(
    inner,
    { ...DEFAULT_RESILIENCE_SETTINGS, breaker: QUICK_TO_OPEN, ...settings },
    { clock, onCall: (call) => seen.push(call), onChange: (_name, change) => changes.push(change) },
  );
  const send = () => gateway.send(purchase(), TIMEOUT_MS);
  return { clock, inner, gateway, send, changes, seen };
}

type Stand = ReturnType<typeof stand>;

async function fail({ inner, send }: Stand, answer: GatewayAnswer, count: number): Promise<void> {
  inner.script(...Array.from({ length: count }, () => answer));
  for (let sent = 0; sent < count; sent += 1) await send();
}

/** Sends that the gateway takes and does not answer before it is let go. */
function hang({ inner, send }: Stand, count: number) {
  let letGo: (answer: GatewayAnswer) => void = () => undefined;
  const held = new Promise<GatewayAnswer>((resolve) => (letGo = resolve));
  inner.script(...Array.from({ length: count }, () => () => held));
  const answers = Array.from({ length: count }, () => send());
  return { answers, letGo };
}

const QUICK_TO_OPEN = {
  ...DEFAULT_RESILIENCE_SETTINGS.breaker,
  consecutiveFailuresMax: 5,
  openMs: 10_000,
};

describe('the breaker before a gateway', () => {
  it.each([
    ['outcomes that are unknown', UNKNOWN],
    ['calls that could not be sent', NOT_SENT],
  ])('opens for %s; then no byte is sent and another gateway may be tried', async (_, answer) => {
    const of = stand();
    await fail(of, answer, 5);
    expect(of.gateway.breaker()).toMatchObject({ state: 'OPEN', since: of.clock.now() });
    expect(await of.send()).toMatchObject(SHED);
    expect(of.inner.sends).toHaveLength(5);
    expect(of.gateway.admission()).toEqual({
      admitted: false,
      reason: 'is out of service: its breaker is open',
      retryAfterS: 10,
    });
    expect(of.changes).toEqual([{ from: 'CLOSED', to: 'OPEN', reason: '5 calls in a row failed' }]);
    expect(of.seen.at(-1)).toMatchObject({ outcome: 'shed', failed: false });
  });

  it.each<readonly [GatewayAnswer]>([
    [{ outcome: 'declined', code: 'do_not_honor', message: '', authorizationGone: false }],
    [{ outcome: 'requires_action', reference: 'r', redirectUrl: 'https://acs.example' }],
    [{ outcome: 'pending', reference: 'r' }],
    [{ outcome: 'refused', reason: 'rejected', message: 'status 422' }],
  ])('stays closed for a gateway that works: %j', async (answer) => {
    const of = stand();
    await fail(of, answer, 30);
    expect(of.gateway.breaker()).toEqual({ state: 'CLOSED', since: null, reason: null });
    expect(of.inner.sends).toHaveLength(30);
  });

  it('tests with little traffic once its time is over, and closes after successes in a row', async () => {
    const of = stand();
    await fail(of, UNKNOWN, 5);
    of.clock.step(10_000);
    expect(of.gateway.breaker().state).toBe('HALF_OPEN');
    const { answers, letGo } = hang(of, 2);
    expect(await of.send()).toMatchObject(SHED);
    letGo({ outcome: 'pending', reference: 'r' });
    await Promise.all(answers);
    expect(of.gateway.breaker().state).toBe('HALF_OPEN');
    await of.send();
    expect(of.gateway.breaker().state).toBe('CLOSED');
    expect(of.changes.map(({ to }) => to)).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
  });

  it('any failure of the test traffic opens it again, for twice as long', async () => {
    const of = stand();
    await fail(of, UNKNOWN, 5);
    of.clock.step(10_000);
    await of.send();
    await fail(of, UNKNOWN, 1);
    expect(of.gateway.admission()).toMatchObject({ admitted: false, retryAfterS: 20 });
  });

  it.each<readonly [string, (of: Stand) => Promise<unknown>]>([
    ['questions', ({ gateway }) => gateway.ask(purchase(), TIMEOUT_MS)],
    ['the feed', ({ gateway }) => gateway.facts(null, TIMEOUT_MS)],
    ['probes', ({ gateway }) => gateway.probe(TIMEOUT_MS)],
  ])('lets %s through, which tell that the gateway is back', async (_, reach) => {
    const of = stand();
    await fail(of, UNKNOWN, 5);
    of.clock.step(10_000);
    await fail(of, UNKNOWN, 1);
    of.clock.step(9_000);
    await reach(of);
    expect(of.gateway.breaker().state).toBe('OPEN'); // the first stretch is always kept
    of.clock.step(1_000);
    await reach(of);
    expect(of.gateway.breaker()).toMatchObject({ state: 'HALF_OPEN', reason: 'it answers again' });
  });
});

describe('the bulkhead before a gateway', () => {
  it('never has more calls at once, refuses the next without a byte, and is free again after', async () => {
    const of = stand({ bulkheadMax: 5 });
    const { answers, letGo } = hang(of, 4); // one place of five is kept for questions
    expect(of.gateway.admission()).toEqual({
      admitted: false,
      reason: 'has its bulkhead full',
      retryAfterS: 1,
      busy: true,
    });
    expect(await Promise.all([of.send(), of.send()])).toMatchObject([SHED, SHED]);
    expect(of.inner.sends).toHaveLength(4);
    expect(await of.gateway.ask(purchase(), TIMEOUT_MS)).toEqual({ outcome: 'not_found' });
    letGo({ outcome: 'pending', reference: 'r' });
    await Promise.all(answers);
    expect(of.gateway.admission()).toEqual({ admitted: true });
    expect(await of.send()).toMatchObject({ outcome: 'approved' });
  });

  it('keeps a place for a call that was announced, and gives it back where none comes', async () => {
    const of = stand({ bulkheadMax: 3 });
    const { answers, letGo } = hang(of, 1);
    of.gateway.announce();
    expect(of.gateway.admission()).toMatchObject({ admitted: false });
    const announced = await of.send();
    expect(announced).toMatchObject({ outcome: 'approved' });
    expect(of.gateway.admission()).toEqual({ admitted: true });
    of.gateway.announce();
    of.clock.step(2_000);
    expect(of.gateway.admission()).toEqual({ admitted: true });
    letGo({ outcome: 'pending', reference: 'r' });
    await Promise.all(answers);
  });

  it('bounds questions too; one too many has no word, and nobody waits', async () => {
    const of = stand({ bulkheadMax: 5 });
    of.inner.ask = () => new Promise(() => undefined);
    const first = of.gateway.ask(purchase(), 1);
    expect(await of.gateway.ask(purchase(), TIMEOUT_MS)).toMatchObject(SHED);
    expect(await first).toMatchObject({ outcome: 'unknown' });
  });

  it('bounds calls and questions by a time-out of its own where that is shorter', async () => {
    const of = stand({ timeoutMs: 1 });
    of.inner.ask = () => new Promise(() => undefined);
    of.inner.script(() => new Promise(() => undefined));
    const long = 60_000;
    expect(await of.gateway.send(purchase(), long)).toMatchObject({ outcome: 'unknown' });
    expect(await of.gateway.ask(purchase(), long)).toMatchObject({ outcome: 'unknown' });
  });

  it('frees the place of an adapter that overstays or throws: an unknown outcome', async () => {
    const of = stand({ bulkheadMax: 1 });
    of.inner.script(
      () => new Promise(() => undefined),
      () => Promise.reject(new Error('tok_secret')),
    );
    expect(await of.gateway.send(purchase(), 1)).toMatchObject({ outcome: 'unknown' });
    expect(await of.send()).toEqual({ outcome: 'unknown', message: 'the adapter failed' });
    expect(await of.send()).toMatchObject({ outcome: 'approved' });
  });
});

describe('rates before a gateway', () => {
  it('holds off for as long as a 429 says, and counts it for no failure', async () => {
    const of = stand();
    const limited = { outcome: 'refused', reason: 'rate_limited', message: '429' } as const;
    await fail(of, { ...limited, retryAfterMs: 7_000 }, 1);
    expect(await of.send()).toMatchObject({ outcome: 'refused', reason: 'rate_limited' });
    expect(of.gateway.admission()).toMatchObject({ admitted: false, retryAfterS: 7 });
    of.clock.step(7_000);
    expect(await of.send()).toMatchObject({ outcome: 'approved' });
    for (let turn = 0; turn < 20; turn += 1) {
      await fail(of, limited, 1);
      expect(of.gateway.admission()).toMatchObject({ admitted: false });
      of.clock.step(30_000);
    }
    expect(of.gateway.breaker().state).toBe('CLOSED');
  });

  it('holds nothing off after a 429 that asks for no pause', async () => {
    const of = stand();
    await fail(of, { outcome: 'refused', reason: 'rate_limited', message: '', retryAfterMs: 0 }, 1);
    expect(of.gateway.admission()).toEqual({ admitted: true });
    expect(await of.send()).toMatchObject({ outcome: 'approved' });
  });

  it('keeps to a rate of its own', async () => {
    const of = stand({ ratePerSecond: 2 });
    expect(await Promise.all([of.send(), of.send(), of.send()])).toMatchObject([
      { outcome: 'approved' },
      { outcome: 'approved' },
      { outcome: 'refused', reason: 'rate_limited' },
    ]);
    of.clock.step(500);
    expect(await of.send()).toMatchObject({ outcome: 'approved' });
    expect(of.inner.sends).toHaveLength(3);
  });
});

describe('what does not move money', () => {
  it('finds a gateway away whose probe fails in whatever way, and says so', async () => {
    const of = stand();
    of.inner.probe = async () => {
      throw new Error('ECONNREFUSED');
    };
    expect(await of.gateway.probe(TIMEOUT_MS)).toBe(false);
    of.inner.probe = async () => true;
    expect(await of.gateway.probe(TIMEOUT_MS)).toBe(true);
    expect(of.seen).toMatchObject([
      { kind: 'probe', outcome: 'unreachable', failed: true, charge: null },
      { kind: 'probe', outcome: 'answered', failed: false },
    ]);
  });

  it('reads a feed twice at once at most, and again once one of the two is over', async () => {
    const of = stand();
    const letGo: (() => void)[] = [];
    of.inner.facts = () =>
      new Promise((resolve) => letGo.push(() => resolve({ facts: [], cursor: null })));
    const first = of.gateway.facts(null, TIMEOUT_MS);
    const second = of.gateway.facts(null, TIMEOUT_MS);
    await expect(of.gateway.facts(null, TIMEOUT_MS)).rejects.toThrow('being read already');
    letGo.forEach((end) => end());
    await Promise.all([first, second]);
    const third = of.gateway.facts(null, TIMEOUT_MS);
    letGo.at(-1)?.();
    await third;
    expect(of.seen).toMatchObject(Array.from({ length: 3 }, () => ({ outcome: 'answered' })));
  });
});

describe('what was seen of a call', () => {
  it('is its outcome, whether the gateway failed, and how it was charged', async () => {
    const of = stand();
    of.inner.script(UNKNOWN, NOT_SENT, { ...NOT_SENT, reason: 'rejected' });
    for (let sent = 0; sent < 4; sent += 1) await of.send();
    const charge = { currency: 'EUR', method: 'card' };
    expect(of.seen).toMatchObject([
      { kind: 'purchase', outcome: 'unknown', failed: true, charge },
      { outcome: 'not_sent', failed: true },
      { outcome: 'refused', failed: false },
      { outcome: 'approved', failed: false },
    ]);
  });
});

describe('a place that was announced', () => {
  it('is free again when its intent was not stored', () => {
    const of = stand({ bulkheadMax: 2 });
    of.gateway.announce();
    expect(of.gateway.admission()).toMatchObject({ admitted: false, busy: true });
    of.gateway.withdraw();
    expect(of.gateway.admission()).toEqual({ admitted: true });
  });
});
