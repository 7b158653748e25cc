import type { GatewayCall, GatewayWord } from '../gateways/payment-gateway.js';
import { movingHouse, UNKNOWN } from '../testing/moving-house.js';
import { call, create, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { ConfiguredGateways } from '../gateways/gateway-directory.js';
import { PaymentContinuation } from './payment-continuation.js';

const DAY_MS = 86_400_000;

/** An authorized payment; `days`: its gateway says for how long, null: nothing. */
async function authorized(days: number | null = null) {
  const inDays = (count: number) => new Date(Date.now() + count * DAY_MS).toISOString();
  const expiresAt = days === null ? null : inDays(days);
  const alpha = new ScriptedGateway('alpha').script((sent) => approval(sent, { expiresAt }));
  const { ports, runner, later, next, voids, payment } = movingHouse(alpha);
  await runner.execute(call(create({ captureMethod: 'manual' }), 'k1'));
  const [sent] = alpha.sends;
  if (sent === undefined) throw new Error('nothing was sent');
  let asked = 0;
  const ask = alpha.ask.bind(alpha);
  alpha.ask = (about) => {
    asked += 1;
    return ask(about);
  };
  const end = (await payment())?.hold?.expiresAt ?? '';
  const without = { ...ports, gateways: new ConfiguredGateways([]) };
  const away = new PaymentContinuation(without, { unknownAskMaxMs: 500 });
  return {
    end,
    inDays,
    payment,
    voids,
    asked: () => asked,
    says: (word: (about: GatewayCall) => GatewayWord) => alpha.tell(sent.key, word(sent)),
    next: async () => (await next())?.continuation,
    nextWithout: async () => (await away.continue(PAYMENT_ID, null))?.continuation,
    windowEnds: () => later(Date.parse(end) - Date.now() + 1_000),
  };
}

describe('the end of the window of an authorization', () => {
  it('is waited for, and nobody asked before', async () => {
    const { end, next, asked } = await authorized();
    expect([await next(), asked()]).toEqual([{ next: 'at', at: end }, 0]);
  });

  it('that we assumed is ours: what still stands is voided', async () => {
    const { windowEnds, next, voids, payment, asked } = await authorized();
    windowEnds();
    expect([await next(), asked(), voids()]).toEqual([{ next: 'never' }, 1, 1]);
    expect((await payment())?.status).toBe('EXPIRED');
  });

  it('that the gateway told is its own: what still stands is asked about again', async () => {
    const { windowEnds, next, voids, payment } = await authorized(2);
    windowEnds();
    expect([await next(), voids()]).toEqual([{ next: 'after', ms: 500 }, 0]);
    expect(await next()).toEqual({ next: 'after', ms: 500 });
    expect((await payment())?.status).toBe('AUTHORIZED');
  });

  it('is the later one that the gateway tells by now', async () => {
    const { windowEnds, says, inDays, next, voids, payment } = await authorized();
    const at = inDays(100);
    says((about) => approval(about, { expiresAt: at }) as GatewayWord);
    windowEnds();
    expect([await next(), voids()]).toEqual([{ next: 'at', at }, 0]);
    expect((await payment())?.hold).toMatchObject({ expiresAt: at, windowFrom: 'gateway' });
  });

  it.each<[string, (about: GatewayCall) => GatewayWord]>([
    ['approved once', (about) => approval(about, { authorizationGone: true }) as GatewayWord],
    ['declined', () => ({ ...DECLINED, authorizationGone: true }) as GatewayWord],
  ])('needs no void where the gateway says that it is gone, %s', async (_, word) => {
    const { windowEnds, says, next, voids, payment } = await authorized();
    says(word);
    windowEnds();
    expect([await next(), voids()]).toEqual([{ next: 'never' }, 0]);
    expect((await payment())?.status).toBe('EXPIRED');
  });

  it.each<[string, GatewayWord]>([
    ['no word', UNKNOWN as GatewayWord],
    ['that it does not know it', { outcome: 'not_found' }],
    ['that it declined, which it did not', DECLINED as GatewayWord],
  ])('changes nothing while the gateway gives %s', async (_, word) => {
    const { windowEnds, says, next, voids, payment } = await authorized();
    const before = await payment();
    says(() => word);
    windowEnds();
    expect([await next(), voids()]).toEqual([{ next: 'after', ms: 500 }, 0]);
    expect(await payment()).toEqual(before);
  });

  it('waits for a gateway that is not configured', async () => {
    const { windowEnds, nextWithout, voids } = await authorized();
    windowEnds();
    expect([await nextWithout(), voids()]).toEqual([{ next: 'after', ms: 500 }, 0]);
  });
});
