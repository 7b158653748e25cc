import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  DESCRIPTION,
  type DescribedInstallation,
} from '../../../libs/testing/described-api/described-installation.js';
import { requestTo } from '../../../libs/testing/described-api/requests.js';

interface Nasty {
  readonly name: string;
  readonly body: string | Buffer;
  readonly status: number;
  readonly code: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly inChunks?: boolean;
}

const NO_PAYMENT = `pay_${'0'.repeat(32)}`;
const BODY_BYTES_MAX = 64 * 1024;
const SLOW_DEADLINE_MS = 10_000;
const TIMEOUT_MS = 60_000;

/** What JSON.parse would take, or choke on, and a parser for strangers refuses (I-38). */
const NO_JSON: readonly (readonly [string, string | Buffer])[] = [
  ...['__proto__', 'constructor', 'prototype'].flatMap((name) => [
    [`${name} at the top`, `{"${name}": {"polluted": true}}`] as const,
    [`${name} within`, `{"metadata": {"${name}": {"polluted": true}}}`] as const,
    [`${name} deep within`, `{"a": [{"b": {"${name}": {"polluted": true}}}]}`] as const,
    [`${name} in other letters`, `{"${escaped(name)}": {"polluted": true}}`] as const,
  ]),
  ['a property twice', '{"amount": 1, "amount": 2}'],
  ['a property twice, written otherwise', '{"amount": 1, "\\u0061mount": 2}'],
  ['a property twice within', '{"payment_method": {"token": "a", "token": "b"}}'],
  ...['NaN', 'Infinity', '-Infinity', '1e400', '1e2', '0x10', '01', '+1', '.5', '1.'].map(
    (number) => [`the number ${number}`, `{"amount": ${number}}`] as const,
  ),
  ['a number beyond 2^53', '{"amount": 9007199254740993}'],
  ['a number of a thousand digits', `{"amount": ${'9'.repeat(1_000)}}`],
  ['half of a surrogate pair', '{"reason": "\\ud800"}'],
  ['the other half', '{"reason": "\\udc00x"}'],
  ['half of a surrogate pair in bytes', Buffer.from('7b2272223a22eda080227d', 'hex')],
  ['bytes that are no UTF-8', Buffer.from('7b2272223a22ff227d', 'hex')],
  ['an overlong encoding', Buffer.from('7b2272223a22c0af227d', 'hex')],
  ['U+0000', '{"reason": "a\\u0000b"}'],
  ['a control character', '{"reason": "a\u0001b"}'],
  ['a byte order mark', '\uFEFF{}'],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['deep nesting', `{"a": ${'['.repeat(20)}${']'.repeat(20)}}`],
  ['nesting that overflows stacks', '['.repeat(60_000)],
  ['many items', `{"a": [${'0,'.repeat(2_000)}0]}`],
  ['many properties', `{${Array.from({ length: 500 }, (_, at) => `"p${at}": 0`).join(', ')}}`],
  ['a long text', JSON.stringify({ reason: 'x'.repeat(9_000) })],
  ['half of a body', '{"amount": 2500, "curr'],
  ['more behind the body', '{} {}'],
  ['a comment', '{/* */}'],
  ['a trailing comma', '{"amount": 1,}'],
  ['other quotes', "{'amount': 1}"],
  ['spaces alone', '   '],
];

const NASTY: readonly Nasty[] = [
  ...NO_JSON.map(([name, body]) => ({ name, body, status: 400, code: 'MALFORMED_JSON' })),
  ...['[]', '"text"', '7', 'true', 'null'].map((body) => ({
    ...{ name: `${body} in place of an object`, body, status: 400, code: 'VALIDATION_FAILED' },
  })),
  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'json',
  ].map((type) => ({ ...notJson(`the type ${type}`), type })),
  ...['gzip', 'deflate', 'br', 'x-own'].map((coding) => ({
    ...notJson(`the coding ${coding}`),
    body: gzipSync('{}'),
    headers: { 'content-encoding': coding },
  })),
  // Not JSON either: what is too large is not looked at.
  tooLarge('a body that is too large', false),
  tooLarge('a body that is too large, in chunks', true),
];

/** I-37, I-38: each of them on each route that takes a body. */
export function refusesNastyBodies(system: () => DescribedInstallation): void {
  const operations = DESCRIPTION.operations.filter(({ body }) => body !== null);

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    'I-37, I-38: %s refuses bodies of every nasty kind',
    async (_id, operation) => {
      const { exchange, judge, installation } = system();
      const [role] = operation.roles;
      const key = role === undefined ? null : installation.key[role];
      const answers = await Promise.all(
        NASTY.map(async ({ name, body, type = 'application/json', headers, inChunks = false }) => {
          const request = requestTo(DESCRIPTION, operation, { id: NO_PAYMENT });
          const all = { ...request.headers, 'content-type': type, ...headers };
          const answer = await exchange.send(operation, {
            ...request,
            ...{ key, body, inChunks, headers: all },
          });
          const { code } = JSON.parse(answer.text) as { code?: string };
          return [name, judge(operation, answer), answer.status, code];
        }),
      );
      // Bytes that nobody has signed are not parsed.
      const isForged = ({ status }: Nasty) => role === undefined && status === 400;
      const refusals = NASTY.map((nasty) =>
        isForged(nasty)
          ? [nasty.name, [], 401, 'WEBHOOK_SIGNATURE_INVALID']
          : [nasty.name, [], nasty.status, nasty.code],
      );
      expect(answers).toEqual(refusals);
    },
    TIMEOUT_MS,
  );

  it(
    'I-37: bodies that come too slowly are cut off on every route',
    async () => {
      const { installation } = system();
      const answers = await Promise.all(
        operations.map(async ({ id, method, path, roles: [role] }) => {
          const key =
            role === undefined ? '' : `Authorization: Bearer ${installation.key[role]}\r\n`;
          const target = path.replace('{id}', NO_PAYMENT).replace('{name}', 'alpha');
          const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\n${key}Idempotency-Key: slow\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
          return `${id} ${await drippedTo(installation.url, head)}`;
        }),
      );
      const cut = operations.map(({ id }) =>
        expect.stringMatching(new RegExp(`^${id} HTTP/1.1 408 [^]*REQUEST_TIMEOUT`)),
      );
      expect(answers).toEqual(cut);
    },
    TIMEOUT_MS,
  );
}

function escaped(name: string): string {
  return `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
}

function notJson(name: string) {
  return { name, body: '{}', status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' };
}

function tooLarge(name: string, inChunks: boolean): Nasty {
  return {
    name,
    body: '{'.repeat(BODY_BYTES_MAX + 1),
    status: 413,
    code: 'BODY_TOO_LARGE',
    inChunks,
  };
}

/** Sends a byte now and then, until the server has enough of it. */
function drippedTo(url: string, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    const drip = setInterval(() => socket.write(' '), 100);
    const deadline = setTimeout(
      () => socket.destroy(new Error('nobody cut it off')),
      SLOW_DEADLINE_MS,
    );
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What is written once the server has closed may be answered by a reset.
      if (answer === '') reject(error);
    });
    socket.on('close', () => {
      clearInterval(drip);
      clearTimeout(deadline);
      resolve(answer);
    });
    socket.write(head);
  });
}
