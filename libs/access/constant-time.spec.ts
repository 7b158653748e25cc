import * as crypto from 'node:crypto';
import { jest } from '@jest/globals';
import { InMemoryEventStore } from '../event-store/in-memory/in-memory-event-store.js';
import { SystemClock } from '../platform/clock.js';

/** Lengths of what was compared in constant time. */
const compared: (readonly [number, number])[] = [];
jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  timingSafeEqual: (one: Buffer, other: Buffer) => {
    compared.push([one.length, other.length]);
    return crypto.timingSafeEqual(one, other);
  },
}));
// Only now: they take the module above.
const { ApiKeys } = await import('./api-keys.js');
const { Authenticator } = await import('./authenticator.js');
const { verifyWebhook, webhookHeaders } = await import('../platform/webhook-signature.js');

const DIGESTS = [[32, 32]];

describe('comparing secrets (I-40)', () => {
  beforeEach(() => {
    compared.length = 0;
  });

  it('of keys takes one comparison of digests, whether the key is right, wrong or unknown', async () => {
    const clock = new SystemClock();
    const keys = new ApiKeys(new InMemoryEventStore(), clock);
    const wanted = {
      role: 'admin',
      merchantId: null,
      name: null,
      expiresAt: null,
      origin: 'api',
    } as const;
    const by = { actor: 'system:spec', correlationId: 'spec' };
    const right = (await keys.create(wanted, by))?.text ?? '';
    const wrong = right.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const unknown = `tsk_${'0'.repeat(32)}_${'0'.repeat(64)}`;
    for (const text of [right, wrong, unknown]) {
      compared.length = 0;
      const principal = await new Authenticator(keys, clock).authenticate(text);
      expect([principal !== null, compared]).toEqual([text === right, DIGESTS]);
    }
  });

  it('of webhooks takes one comparison of digests, whether the signature is right or wrong', () => {
    const body = Buffer.from('{}');
    const webhook = { id: 'fct_1', timestampS: 1_770_000_000, body };
    const headers = webhookHeaders(webhook, 'a secret of the spec');
    const received = { headers, body, receivedAtMs: 1_770_000_000_000 };
    expect([verifyWebhook(received, 'a secret of the spec'), compared]).toEqual([
      'genuine',
      DIGESTS,
    ]);
    compared.length = 0;
    expect([verifyWebhook(received, 'another secret'), compared]).toEqual(['signature', DIGESTS]);
  });
});
