import type { GatewayWord } from '../gateways/payment-gateway.js';
import { ACTION, movingHouse, UNKNOWN } from '../testing/moving-house.js';
import { call, create, PAYMENT_ID } from '../testing/payment-house.js';
import { DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { DEFAULT_ORCHESTRATION_SETTINGS } from './orchestration.js';

const HOUR_MS = 3_600_000;

describe('an outcome that nobody tells', () => {
  it('is told to an operator once, when it was asked for long enough', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null }).script(UNKNOWN);
    const { runner, next, alarms } = movingHouse(alpha);
    await runner.execute(call(create(), 'k1'));
    for (let asks = 1; asks <= 20; asks += 1) await next();
    expect(alarms).toEqual([]);
    for (let asks = 21; asks <= 45; asks += 1) await next();
    expect(alarms).toEqual([{ kind: 'outcome_unknown', paymentId: PAYMENT_ID }]);
  });
});

describe('an outcome that is asked about for long', () => {
  const asked = async (word: GatewayWord) => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null }).script(UNKNOWN);
    const { runner, next, alarms } = movingHouse(alpha);
    await runner.execute(call(create(), 'k1'));
    for (const { key } of alpha.sends) alpha.tell(key, word);
    for (let asks = 1; asks <= 45; asks += 1) await next();
    return alarms;
  };

  it('is told to nobody while the gateway says that it is pending', async () => {
    expect(await asked({ outcome: 'pending', reference: 'r1' })).toEqual([]);
  });

  it('is told to an operator also where the gateway does not take the question', async () => {
    const message = 'connection refused';
    const alarms = await asked({ outcome: 'refused', reason: 'not_sent', message });
    expect(alarms).toEqual([{ kind: 'outcome_unknown', paymentId: PAYMENT_ID }]);
  });
});

describe('what is due behind a question that takes all its time', () => {
  it('is done beside one about what an operator closed by hand', async () => {
    const alpha = new ScriptedGateway('alpha').script(UNKNOWN);
    const { runner, later, next, payment, closeByHandAndRetry } = movingHouse(
      alpha,
      DEFAULT_ORCHESTRATION_SETTINGS.gatewayTimeoutMs,
    );
    await runner.execute(call(create({ captureMethod: 'manual', captureAfterS: 60 }), 'k1'));
    await closeByHandAndRetry();
    expect((await payment())?.status).toBe('AUTHORIZED');
    later(HOUR_MS);
    await next();
    expect((await payment())?.status).toBe('COMPLETED');
  });

  it('is sent once its intent is stored', async () => {
    const alpha = new ScriptedGateway('alpha', { keysHonouredForMs: null });
    const { runner, later, next, payment } = movingHouse(alpha.script(ACTION, DECLINED), HOUR_MS);
    await runner.execute(call(create(), 'k1'));
    await runner.execute(call({ command: 'cancel', reason: null }, 'k2'));
    later(HOUR_MS);
    await next();
    expect((await payment())?.status).toBe('CANCELLED');
  });
});
