import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Secret } from '../platform/secret.js';
import { riskSubject } from '../testing/risk-subject.js';
import { HttpFraudService } from './http-fraud-service.js';
import { tokenFingerprint } from './velocity-keys.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('a fraud service over HTTP', () => {
  let server: Server;
  let service: HttpFraudService;
  let answer: Answer;
  let received: { headers: IncomingMessage['headers']; body: string }[];

  beforeEach(async () => {
    received = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // reason: it listens on TCP
    const url = `http://127.0.0.1:${port}/score`;
    service = new HttpFraudService({ url, token: new Secret('s3cret'), timeoutMs: 300 });
  });

  afterEach(async () => {
    await service.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const json = (value: unknown): Answer => {
    return (_request, response) => response.end(JSON.stringify(value));
  };
  const ask = async () => await service.ask(riskSubject(), 'sync');

  it('is told hashes and amounts, no token and no person', async () => {
    answer = json({ verdict: 'review', score: 61.4, reasons: ['odd_basket'], more: 1 });
    expect(await ask()).toEqual({
      outcome: 'verdict',
      verdict: 'review',
      score: 61,
      reasons: ['odd_basket'],
    });
    expect(received[0]?.headers.authorization).toBe('Bearer s3cret');
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      payment_id: 'pay_1',
      stage: 'sync',
      at: '2026-03-01T10:30:20.000Z',
      merchant_id: 'mer_one',
      amount: '2500',
      currency: 'EUR',
      method: 'card',
      network: 'visa',
      country: 'FR',
      token_fingerprint: tokenFingerprint('tok_a'),
      customer_hash: tokenFingerprint('mer_one/cus_1'),
      ip_hash: 'ip_hash',
      email_hash: 'mail_hash',
    });
    expect(received[0]?.body).not.toContain('tok_a');
  });

  it('may answer a bare verdict, or that it is pending', async () => {
    answer = json({ verdict: 'approve' });
    expect(await ask()).toMatchObject({ verdict: 'approve', score: 0, reasons: [] });
    answer = json({ verdict: 'pending' });
    expect(await ask()).toEqual({ outcome: 'pending' });
  });

  it.each<[string, Answer]>([
    ['hangs', () => undefined],
    ['begins to answer and hangs', (_request, response) => void response.write('{"verdict":')],
    [
      'answers 500',
      (_request, response) => void response.writeHead(500).end('{"verdict":"approve"}'),
    ],
    [
      'redirects',
      (_request, response) => void response.writeHead(307, { location: '/score' }).end(),
    ],
    ['closes the connection', (request) => request.socket.destroy()],
    ['answers garbage', (_request, response) => void response.end('<html>')],
    ['answers without end', (_request, response) => void response.end('x'.repeat(100_000))],
    ['answers another verdict', json({ verdict: 'maybe' })],
    ['answers a score beyond bounds', json({ verdict: 'approve', score: 101 })],
    ['answers prose', json({ verdict: 'review', reasons: ['the man of 12 High Street'] })],
    ['answers a card number', json({ verdict: 'review', reasons: ['card_4242424242424242'] })],
  ])('is away when it %s', async (_name, given) => {
    answer = given;
    expect((await ask()).outcome).toBe('away');
    expect(received).toHaveLength(1);
  });

  it('is not asked for a while after it failed again and again', async () => {
    answer = (_request, response) => void response.writeHead(503).end();
    for (let asked = 0; asked < 8; asked += 1) expect((await ask()).outcome).toBe('away');
    expect(received).toHaveLength(5);
  });

  describe('that failed again and again', () => {
    let passedMs = 0;
    beforeEach(async () => {
      passedMs = 0;
      await service.close();
      const { port } = server.address() as AddressInfo; // reason: it listens on TCP
      const url = `http://127.0.0.1:${port}/score`;
      const monotonicMs = () => passedMs;
      service = new HttpFraudService({ url, token: null, timeoutMs: 300, monotonicMs });
      answer = (_request, response) => void response.writeHead(503).end();
      for (let asked = 0; asked < 5; asked += 1) await ask();
      answer = json({ verdict: 'approve' });
    });

    it('is asked again after that while, whatever the wall clock says', async () => {
      const hourAgo = Date.now() - 3_600_000;
      const wallClock = jest.spyOn(Date, 'now').mockImplementation(() => hourAgo);
      try {
        passedMs = 4_999;
        expect((await ask()).outcome).toBe('away');
        passedMs = 5_000;
        expect((await ask()).outcome).toBe('verdict');
        expect((await ask()).outcome).toBe('verdict');
      } finally {
        wallClock.mockRestore();
      }
    });

    it('holds up nobody while one payment finds out whether it is back', async () => {
      passedMs = 5_000;
      const [first, second] = [ask(), ask()];
      expect([(await second).outcome, (await first).outcome]).toEqual(['away', 'verdict']);
      expect(received).toHaveLength(6);
    });

    it('is left alone for as long again when it fails that one, too', async () => {
      passedMs = 5_000;
      answer = (_request, response) => void response.writeHead(503).end();
      await ask();
      passedMs = 9_999;
      await ask();
      expect(received).toHaveLength(6);
      passedMs = 10_000;
      await ask();
      expect(received).toHaveLength(7);
    });
  });
});
