import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCardDataAnywhere } from '../../../libs/platform/card-data.js';
import {
  DESCRIPTION,
  type DescribedInstallation,
} from '../../../libs/testing/described-api/described-installation.js';
import {
  keptBytes,
  SECRET_FILES,
  type KeptText,
} from '../../../libs/testing/described-api/kept-bytes.js';
import { placesOf, requestTo, withValue } from '../../../libs/testing/described-api/requests.js';

const TIMEOUT_MS = 90_000;
/** Numbers that the networks publish for tests. */
const CARDS = ['4242424242424242', '5555555555554444', '378282246310005', '6011000990139424'];
const WRITTEN = ['4242 4242 4242 4242', '5555-5555-5555-4444', 'paid by 378282246310005, thanks'];
const CODE = 'cvv-of-a-card-937';
const BEARER = `bearer-of-nobody-${'9f'.repeat(12)}`;
const EVENTS = 'table event_store.events';

/** I-36: after all that came before, no card number, code, key or secret stands anywhere. To be run last. */
export function keepsSecretsToItself(system: () => DescribedInstallation): void {
  it.each(DESCRIPTION.operations.map((operation) => [operation.id, operation] as const))(
    'I-36: %s refuses card numbers, codes and unknown keys at every place, and repeats none',
    async (_id, operation) => {
      const { exchange, judge, installation } = system();
      const [role] = operation.roles;
      const key = role === undefined ? null : installation.key[role];
      const request = {
        ...requestTo(DESCRIPTION, operation, { id: `pay_${'0'.repeat(32)}` }),
        key,
      };
      const places = placesOf(DESCRIPTION, operation);
      const withCards = places.flatMap((place) =>
        [CARDS[0] ?? '', WRITTEN[place.length % WRITTEN.length] ?? ''].map((card) =>
          withValue(request, place, card),
        ),
      );
      const others = [
        'header X-Request-Id',
        'header Traceparent',
        'header User-Agent',
        `header ${CARDS[0]}`,
      ].map((place) => withValue(request, place, CARDS[1] ?? ''));
      const codes =
        operation.body === null
          ? []
          : ['body cvv', 'body cvc', 'body payment_method.cvc'].map((place) =>
              withValue(request, place, CODE),
            );
      const strangers = [BEARER, `tsk_${'0'.repeat(32)}_${'9f'.repeat(32)}`].map((text) => ({
        ...request,
        key: text,
      }));
      const inQuery = withValue(request, 'query api_key', BEARER);
      const answers = await Promise.all(
        [...withCards, ...others, ...codes, ...strangers, inQuery].map(async (sent) => {
          const answer = await exchange.send(operation, sent);
          return { answer, complaints: judge(operation, answer) };
        }),
      );
      for (const [at, { answer, complaints }] of answers.entries()) {
        expect([complaints, answer.text]).toEqual([[], answer.text]);
        if (at < withCards.length && role !== undefined) expect(answer.status).toBe(400);
      }
    },
    TIMEOUT_MS,
  );

  it.each([...SECRET_FILES])('I-36: %s is for its owner alone', (name) => {
    expect(statSync(join(system().installation.dataDir, name)).mode & 0o777).toBe(0o600);
  });

  it(
    'I-36: nothing of it is kept, logged, counted or told',
    async () => {
      const { installation, exchange } = system();
      const { token, payment } = await payWithTokenOfItsOwn(system());
      const kept = await keptBytes(installation);
      expect(new Set(kept.map(({ where }) => where))).toEqual(
        expect.objectContaining(new Set([EVENTS, 'output', 'metrics of api', 'file postgres.log'])),
      );
      const told = [...exchange.texts].map((text) => ({ where: 'an answer', text }));
      const needles = [
        ...CARDS,
        ...WRITTEN,
        CODE,
        BEARER,
        ...secretsOf(installation.dataDir, installation.runtime().database_url),
      ];
      const issued = keysIn([...exchange.texts].join('\n'));
      expect([
        ...found([...kept, ...told], needles),
        // A key is told once, to whom it was made for.
        ...found(kept, issued),
        ...cardsIn([...kept, ...told]),
      ]).toEqual([]);
      const tokens = kept.filter(({ text }) => text.includes(token));
      const elsewhere = tokens.filter(({ row }) => row?.['stream'] !== `payment-${payment}`);
      expect(tokens.length).toBeGreaterThan(0);
      // The simulator is a gateway, which knows the token.
      expect(elsewhere.filter(({ where }) => !where.startsWith('file gateway-simulator/'))).toEqual(
        [],
      );
    },
    TIMEOUT_MS,
  );
}

async function payWithTokenOfItsOwn({ call, installation }: DescribedInstallation) {
  const token = `tok_${randomUUID()}`;
  const made = await call('createPayment', {
    key: installation.key.merchant,
    headers: { 'Idempotency-Key': randomUUID() },
    body: JSON.stringify({
      amount: 2_500,
      currency: 'EUR',
      payment_method: { type: 'card', token },
    }),
  });
  const query = { min_position: String(made.headers['tillstream-position']) };
  for (const id of ['listPayments', 'listAudit', 'reportHistory']) {
    await call(id, { key: installation.key.merchant, query });
  }
  return { token, payment: String(made.body['id']) };
}

/** Keys and secrets of the installation, from the files that hold them. */
function secretsOf(dataDir: string, databaseUrl: string): readonly string[] {
  const read = (name: string) => readFileSync(join(dataDir, name), 'utf8');
  const { requestHashKeys, webhookSecrets } = JSON.parse(read('secrets.json')) as {
    readonly requestHashKeys: readonly { readonly secret: string }[];
    readonly webhookSecrets: Readonly<Record<string, string>>;
  };
  return [
    ...keysIn(read('keys.json')),
    ...requestHashKeys.map(({ secret }) => secret),
    ...Object.values(webhookSecrets).map((secret) => secret.replace('whsec_', '')),
    new URL(databaseUrl).password,
  ].filter((secret) => secret !== '');
}

/** The secret parts of keys. */
function keysIn(text: string): readonly string[] {
  return [...text.matchAll(/tsk_[0-9a-f]{32}_([0-9a-f]{64})/g)].map(([, secret]) => secret ?? '');
}

function found(kept: readonly KeptText[], needles: readonly string[]): readonly string[] {
  return kept.flatMap(({ where, text }) =>
    needles
      .filter((needle) => text.includes(needle))
      .map((needle) => `${where} has ${needle}: ${text.slice(0, 300)}`),
  );
}

/** Amounts, and the id that PostgreSQL gave its cluster, may look like anything; their names say what they are. */
const AMOUNTS =
  /"?\w*(?:amount|balance|identity|min|max|fixed|gte?|lte?|between|above)\w*"?: ?(?:\[[\d", ]*\]|"?-?\d+"?)/gi;
/** Standing by themselves: parts of ids and hashes are none. */
const NUMBER = /(?<![\w.+-])\d{13,19}(?![\w.-])/g;

/** Numbers that could be cards, wherever they came from. */
function cardsIn(kept: readonly KeptText[]): readonly string[] {
  return kept.flatMap(({ where, text }) =>
    [...text.replaceAll(AMOUNTS, '').matchAll(NUMBER)]
      .filter(([number]) => hasCardDataAnywhere(number))
      .map(([number]) => `${where} has ${number}: ${text.slice(0, 300)}`),
  );
}
