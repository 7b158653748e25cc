import { PaymentWork } from './payment-work.js';
import { paymentStream } from '../payments/payment.stream.js';
import { foldPayment } from '../payments/payment.fold.js';
import { FraudService, type FraudWord } from '../risk/fraud-service.js';
import type { LaterRisk } from '../risk/open-risk.js';
import type { RiskSubject } from '../risk/risk-assessor.js';
import { RuleAssessor, type RiskSources } from '../risk/rule-assessor.js';
import { VelocityCounter } from '../risk/velocity-counter.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { rulesOf } from '../testing/risk-subject.js';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import { LaterRiskCheck } from './later-risk.js';
import type { OrchestrationPorts } from './orchestration.js';
import { RiskAlarms } from './risk-alarms.js';

class Attempts extends VelocityCounter {
  attempts = 0;
  override async count() {
    return [{ attempts: this.attempts, sum: 0n }];
  }
}

class Service extends FraudService {
  word: FraudWord = { outcome: 'pending' };
  readonly asked: RiskSubject[] = [];
  override async ask(subject: RiskSubject) {
    this.asked.push(subject);
    return this.word;
  }
}

const burst = { rule: 'velocity', per: 'token', window_s: 60, attempts_above: 5, stage: 'async' };

function laterRisk(
  service: FraudService | null = null,
  stage: LaterRisk['serviceStage'] = 'async',
) {
  const velocity = new Attempts();
  const away = { velocity: 'approve', service: 'approve' } as const;
  const sources: RiskSources = { velocity, service: null, away, trouble: () => undefined };
  const rules = rulesOf(burst);
  const later: LaterRisk = {
    rules: new RuleAssessor(rules, sources, 'async'),
    withService: service && new RuleAssessor(rules, { ...sources, service }, 'async'),
    serviceStage: stage,
    watchS: 0,
  };
  return { velocity, later };
}

/** A house with one payment that is authorized with nothing captured. */
async function authorized() {
  const alpha = new ScriptedGateway('alpha');
  const { ports, runner } = house([alpha]);
  const alarms: string[] = [];
  const told: OrchestrationPorts = { ...ports, alarm: ({ kind }) => void alarms.push(kind) };
  await runner.execute(call(create({ captureMethod: 'manual', customerIpHash: 'ip' }), 'k1'));
  const payment = async () => foldPayment(await ports.store.readStream(paymentStream(PAYMENT_ID)));
  return { alpha, ports: told, runner, alarms, payment };
}

describe('an alarm on an authorized payment', () => {
  const alarm = { paymentId: PAYMENT_ID, reasons: ['chargeback_list: 3'], actor: 'system:risk' };

  it('puts it to a person, who may let it back or reject it', async () => {
    const { ports, runner, alarms, payment, alpha } = await authorized();
    expect(await new RiskAlarms(ports).raise(alarm)).toBe('raised');
    expect((await payment())?.phase).toEqual({ name: 'UNDER_REVIEW', origin: 'AUTHORIZED' });
    expect(alarms).toEqual(['risk_alarm']);
    await runner.execute(call({ command: 'approve', reason: null }, 'k2', { tenant: null }));
    expect((await payment())?.status).toBe('AUTHORIZED');
    const other = { ...alarm, reasons: ['stolen_card_report'] };
    expect(await new RiskAlarms(ports).raise(other)).toBe('raised');
    await runner.execute(call({ command: 'reject', reason: null }, 'k3', { tenant: null }));
    expect((await payment())?.status).toBe('CANCELLED');
    expect(alpha.books.map(({ operation }) => operation)).toEqual(['authorize', 'void']);
  });

  it('is raised once, whatever its numbers, before and after the person decided', async () => {
    const { ports, runner, payment } = await authorized();
    const raise = (reason: string) => new RiskAlarms(ports).raise({ ...alarm, reasons: [reason] });
    expect(await raise('chargeback_list: 3')).toBe('raised');
    expect(await raise('chargeback_list: 4')).toBe('known');
    await runner.execute(call({ command: 'approve', reason: null }, 'k2', { tenant: null }));
    expect(await raise('chargeback_list: 5')).toBe('known');
    expect((await payment())?.status).toBe('AUTHORIZED');
    expect(await raise('another')).toBe('raised');
  });

  it('is moot where something was captured, or there is no such payment', async () => {
    const { ports, runner } = await authorized();
    const none = { ...alarm, paymentId: 'pay_none' };
    expect(await new RiskAlarms(ports).raise(none)).toBe('moot');
    await runner.execute(call({ command: 'capture', amount: 100n, final: false }, 'k2'));
    expect(await new RiskAlarms(ports).raise(alarm)).toBe('moot');
  });

  it('waits for an open operation', async () => {
    const { ports, runner, alpha } = await authorized();
    alpha.script({ outcome: 'unknown', message: 'reset' });
    await runner.execute(call({ command: 'capture', amount: 100n, final: false }, 'k2'));
    expect(await new RiskAlarms(ports).raise(alarm)).toBe('busy');
  });

  it('that meets another writer is decided anew', async () => {
    const { ports, payment } = await authorized();
    const raced: OrchestrationPorts = { ...ports, store: Object.create(ports.store) };
    let races = 0;
    raced.store.append = async (...given) => {
      races += 1;
      if (races === 1) await new RiskAlarms(ports).raise({ ...alarm, reasons: ['earlier'] });
      return await ports.store.append(...given);
    };
    // The other alarm came first: this one finds the payment with a person already.
    expect(await new RiskAlarms(raced).raise(alarm)).toBe('moot');
    expect((await payment())?.revision).toBe(3);
  });
});

describe('looking at an authorized payment again', () => {
  it('raises an alarm once the counts have crossed a bound', async () => {
    const { ports, payment } = await authorized();
    const { velocity, later } = laterRisk();
    const check = new LaterRiskCheck(ports, later);
    velocity.attempts = 5;
    expect(await check.look(PAYMENT_ID)).toBe('fine');
    velocity.attempts = 6;
    expect(await check.look(PAYMENT_ID)).toBe('raised');
    expect((await payment())?.status).toBe('UNDER_REVIEW');
    expect(await check.look(PAYMENT_ID)).toBe('fine');
  });

  it('asks a person once about the same, however the counts grow', async () => {
    const { ports, runner, payment } = await authorized();
    const { velocity, later } = laterRisk();
    const check = new LaterRiskCheck(ports, later);
    velocity.attempts = 6;
    await check.look(PAYMENT_ID);
    await runner.execute(call({ command: 'approve', reason: null }, 'k2', { tenant: null }));
    velocity.attempts = 60;
    expect(await check.look(PAYMENT_ID)).toBe('fine');
    expect((await payment())?.status).toBe('AUTHORIZED');
  });

  it('is over once something is captured, and for payments that do not exist', async () => {
    const { ports, runner } = await authorized();
    const { velocity, later } = laterRisk();
    velocity.attempts = 6;
    const check = new LaterRiskCheck(ports, later);
    await runner.execute(call({ command: 'capture', amount: 100n, final: false }, 'k2'));
    expect(await check.look(PAYMENT_ID)).toBe('over');
    expect(await check.look('pay_none')).toBe('over');
  });

  it('asks the service until it has made up its mind, with what the first event knows', async () => {
    const { ports, payment } = await authorized();
    const service = new Service();
    const check = new LaterRiskCheck(ports, laterRisk(service).later);
    expect(await check.look(PAYMENT_ID)).toBe('unsettled');
    service.word = { outcome: 'away', reason: 'TimeoutError' };
    expect(await check.look(PAYMENT_ID)).toBe('unsettled');
    service.word = { outcome: 'verdict', verdict: 'reject', score: 90, reasons: ['stolen'] };
    expect(await check.look(PAYMENT_ID)).toBe('raised');
    expect((await payment())?.status).toBe('UNDER_REVIEW');
    expect(service.asked[0]).toMatchObject({ paymentId: PAYMENT_ID, customerIpHash: 'ip' });
  });

  it('a service of the first stage is asked again only where it owes its word', async () => {
    const service = new Service();
    const { later } = laterRisk(service, 'sync');
    const settled = await authorized();
    expect(await new LaterRiskCheck(settled.ports, later).look(PAYMENT_ID)).toBe('fine');
    expect(service.asked).toEqual([]);
    const owing = await owingHouse();
    expect(await new LaterRiskCheck(owing, later).look(PAYMENT_ID)).toBe('unsettled');
    expect(service.asked).toHaveLength(1);
  });
});

/** A house whose payment was let through while the service was pending. */
async function owingHouse(): Promise<OrchestrationPorts> {
  const { ports } = house([new ScriptedGateway('alpha')]);
  const { clock } = ports;
  const about = { paymentId: PAYMENT_ID, correlationId: 'spec' };
  const source = await authorized();
  const events = await source.ports.store.readStream(paymentStream(PAYMENT_ID));
  const { work } = await PaymentWork.load(ports, about);
  for (const { type, data, metadata } of events) {
    const risk = { verdict: 'approve', score: 0, reasons: ['fraud_service_pending'] };
    const owed = type === 'PaymentInitiated' ? { ...data, risk } : data;
    // As it was stored, but for the verdict.
    const event = { type, data: owed } as unknown as Parameters<typeof work.add>[0][number];
    work.add([event], { at: metadata.at, actor: metadata.actor });
  }
  await work.commit([], clock.monotonicMs() + 1_000);
  return ports;
}
