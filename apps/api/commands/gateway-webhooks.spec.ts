import { WrongRevision } from '../../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../../libs/event-store/in-memory/in-memory-event-store.js';
import type { GatewayFact } from '../../../libs/gateways/payment-gateway.js';
import { paymentStream } from '../../../libs/payments/payment.stream.js';
import { createLogger } from '../../../libs/platform/logging.js';
import { orchestrationOf } from '../../../libs/testing/orchestration-parts.js';
import { newEvents, purchase } from '../../../libs/testing/payment-log.js';
import { ScriptedGateway } from '../../../libs/testing/scripted-gateway.js';
import { GatewayWebhooks, WEBHOOKS_RUNNING_MAX } from './gateway-webhooks.js';

const ID = `pay_${'1'.repeat(32)}`;
const FACT: GatewayFact = {
  id: 'fct_1',
  paymentId: ID,
  key: 'a key of another charge',
  reference: 'ref',
  at: '2026-03-01T10:00:00.000Z',
  amount: 2500n,
  currency: 'EUR',
  kind: { type: 'settled' },
};
const WEBHOOK = { headers: {}, body: Buffer.alloc(0), receivedAtMs: 0 };

describe('webhooks that come all at once', () => {
  let store: InMemoryEventStore;
  let webhooks: GatewayWebhooks;
  const receive = () => webhooks.receive('alpha', WEBHOOK);
  const busy = { options: { status: 503, code: 'WEBHOOKS_BUSY', retryAfterS: 1 } };

  beforeEach(async () => {
    store = new InMemoryEventStore();
    await store.append(paymentStream(ID), 'no stream', newEvents(purchase({ id: ID })));
    const alpha = new ScriptedGateway('alpha');
    alpha.webhook = { verdict: 'facts', facts: [FACT] };
    const { ports } = orchestrationOf(store, [alpha]);
    webhooks = new GatewayWebhooks(ports, createLogger('spec', { level: 'silent' }));
  });

  it('are turned away beyond a bound, and taken again below it', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const read = store.readStream.bind(store);
    store.readStream = async (stream, from) => {
      await released;
      return read(stream, from);
    };
    const running = Array.from({ length: WEBHOOKS_RUNNING_MAX }, receive);
    await expect(receive()).rejects.toMatchObject(busy);
    release();
    expect(await Promise.all(running)).toEqual(running.map(() => 1));
    expect(await receive()).toBe(1);
  });

  it('are sent again where others keep changing the payment', async () => {
    store.append = (stream) => Promise.reject(new WrongRevision(stream, 1, 2));
    await expect(receive()).rejects.toMatchObject(busy);
  });
});
