import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { recordFact } from '../orchestration/fact-recorder.js';
import { PaymentCallRunner } from '../orchestration/payment-call-runner.js';
import { call, create, house, PAYMENT_ID } from '../testing/payment-house.js';
import { approval, DECLINED, ScriptedGateway } from '../testing/scripted-gateway.js';
import { ConfiguredGateways } from './gateway-directory.js';
import { KeepableTexts, MESSAGE_CHARS_MAX } from './keepable-texts.js';
import type { GatewayFact } from './payment-gateway.js';

const declined = (message: string) =>
  ({ ...DECLINED, code: 'insufficient_funds', message }) as const;

describe('texts of gateways', () => {
  let store: InMemoryEventStore;
  let alpha: ScriptedGateway;
  let told: KeepableTexts;
  let ports: ReturnType<typeof house>['ports'];
  beforeEach(() => {
    store = new InMemoryEventStore();
    alpha = new ScriptedGateway('alpha');
    told = new KeepableTexts(alpha);
    ports = { ...house([alpha], {}, { store }).ports, gateways: new ConfiguredGateways([told]) };
  });
  const pay = () => new PaymentCallRunner(ports).execute(call(create(), 'k-1'));
  const stored = async () => JSON.stringify(await store.readStream(`payment-${PAYMENT_ID}`));

  it.each([
    ['U+0000', 'not \0 enough', 'not \ufffd enough'],
    ['half of a surrogate pair', 'no \ud83d', 'no \ufffd'],
    ['a whole pair', 'no \u{1f4b3}', 'no \u{1f4b3}'],
    ['a card number', 'card 4111 1111 1111 1111 is empty', '(held what looks like a card number)'],
    ['no end', 'a'.repeat(2_000_000), 'a'.repeat(MESSAGE_CHARS_MAX)],
    [
      'a pair where it is cut',
      `${'a'.repeat(MESSAGE_CHARS_MAX - 1)}\u{1f4b3}`,
      `${'a'.repeat(MESSAGE_CHARS_MAX - 1)}\ufffd`,
    ],
  ])('with %s in a decline leave it a decline', async (_what, message, kept) => {
    alpha.script(declined(message));
    expect(await pay()).toMatchObject({ status: 201, payment: { status: 'FAILED' } });
    expect(await stored()).toContain(JSON.stringify(kept));
  });

  it('keep an approval, whatever its reference is', async () => {
    alpha.script((sent) => approval(sent, { reference: 'ref\0' }));
    expect(await pay()).toMatchObject({ status: 201, payment: { status: 'COMPLETED' } });
    expect(alpha.books).toHaveLength(1);
  });

  it('are kept of facts, by feed and by webhook', async () => {
    alpha.script({ outcome: 'unknown', message: 'late \0' });
    expect(await pay()).toMatchObject({ status: 202 });
    const key = alpha.sends[0]?.key ?? '';
    const at = new Date().toISOString();
    const about = { id: 'fact\0', paymentId: PAYMENT_ID, key, at, amount: 2500n, currency: 'EUR' };
    const { code, message } = declined('\ud83d');
    const fact: GatewayFact = { ...about, kind: { type: 'operation_declined', code, message } };
    alpha.feed.push(fact);
    alpha.webhook = { verdict: 'facts', facts: [fact] };
    const page = await told.facts(null, 1_000);
    for (const one of page.facts) {
      expect(await recordFact(ports, 'alpha', one)).toBe('recorded');
    }
    const reading = told.readWebhook({ headers: {}, body: Buffer.alloc(0), receivedAtMs: 0 });
    expect(reading).toEqual({ verdict: 'facts', facts: page.facts });
    expect(await stored()).toContain('"\ufffd"');
  });

  it('are left as they are where nothing is to be changed', async () => {
    const answer = declined('no');
    alpha.script(answer);
    const sent = {
      operation: 'refund',
      key: 'k',
      paymentId: 'p',
      amount: 1n,
      currency: 'EUR',
      reference: 'r',
    } as const;
    expect(await told.send(sent, 1_000)).toBe(answer);
  });
});
