import { verifyWebhook, webhookHeaders } from './webhook-signature.js';

const NOW_S = 1_770_000_000;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = Buffer.from('{"type":"settled"}');

const { 'webhook-signature': RIGHT = '' } = webhookHeaders(
  { id: 'fct_1', timestampS: NOW_S, body },
  SECRET,
);
const HEX = Buffer.from(RIGHT.slice(3), 'base64').toString('hex');

function verified(
  over: { readonly id?: string; readonly timestampS?: number; readonly secret?: string } = {},
  received: Record<string, string | undefined> = {},
) {
  const { id = 'fct_1', timestampS = NOW_S, secret = SECRET } = over;
  const headers = { ...webhookHeaders({ id, timestampS, body }, secret), ...received };
  return verifyWebhook({ headers, body, receivedAtMs: NOW_S * 1000 }, SECRET);
}

describe('signatures of webhooks', () => {
  it('are those of the published scheme', () => {
    // From the test vectors of https://github.com/standard-webhooks/standard-webhooks.
    const webhook = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampS: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(webhookHeaders(webhook, SECRET)['webhook-signature']).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('pass with the secret, also beside others', () => {
    expect(verified()).toBe('genuine');
    const { 'webhook-signature': right } = webhookHeaders(
      { id: 'fct_1', timestampS: NOW_S, body },
      SECRET,
    );
    expect(verified({}, { 'webhook-signature': `v1,AAAA v2,x ${right}` })).toBe('genuine');
  });

  it.each([
    ['another secret', { secret: 'another secret of ours' }, {}],
    ['another id', {}, { 'webhook-id': 'fct_2' }],
    ['another time', {}, { 'webhook-timestamp': String(NOW_S - 1) }],
    ['no signature', {}, { 'webhook-signature': undefined }],
    ['no id', {}, { 'webhook-id': undefined }],
    ['no time', {}, { 'webhook-timestamp': undefined }],
    ['a time that is none', {}, { 'webhook-timestamp': '1e9' }],
    ['an empty signature', {}, { 'webhook-signature': 'v1,' }],
    ['no word at all', {}, { 'webhook-signature': '' }],
    ['a signature of another version', {}, { 'webhook-signature': RIGHT.replace('v1', 'v2') }],
    ['a signature without version', {}, { 'webhook-signature': RIGHT.slice(3) }],
    ['half of a signature', {}, { 'webhook-signature': RIGHT.slice(0, 20) }],
    ['a signature and more', {}, { 'webhook-signature': `v1,AAAA${RIGHT.slice(3)}` }],
    ['its digest in hex', {}, { 'webhook-signature': `v1,${HEX}` }],
    [
      'more signatures than anybody sends',
      {},
      { 'webhook-signature': `${'v1,x '.repeat(300)}${RIGHT}` },
    ],
    ['an id with what stood behind it', {}, { 'webhook-id': `fct_1.${NOW_S}` }],
    ['a time before 1970', {}, { 'webhook-timestamp': `-${NOW_S}` }],
    ['a time with a fraction', {}, { 'webhook-timestamp': `${NOW_S}.0` }],
  ])('refuse %s', (_what, over, received) => {
    expect(verified(over, received)).toBe('signature');
  });

  it('refuse another body', () => {
    const headers = webhookHeaders({ id: 'fct_1', timestampS: NOW_S, body }, SECRET);
    const other = { headers, body: Buffer.from('{"type": "settled"}'), receivedAtMs: NOW_S * 1000 };
    expect(verifyWebhook(other, SECRET)).toBe('signature');
  });

  it('hold for five minutes, in both directions', () => {
    expect(verified({ timestampS: NOW_S - 300 })).toBe('genuine');
    expect(verified({ timestampS: NOW_S - 301 })).toBe('age');
    expect(verified({ timestampS: NOW_S + 300 })).toBe('genuine');
    expect(verified({ timestampS: NOW_S + 301 })).toBe('age');
  });
});
