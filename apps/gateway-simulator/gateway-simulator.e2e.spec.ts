import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DECLINE_CODES } from '../../libs/payments/failure-codes.js';
import {
  type Answered,
  chargeBody,
  eventually,
  SimulatorClient,
} from './simulator-client.contract.js';

describe('the gateway simulator over HTTP', () => {
  let client: SimulatorClient;
  beforeAll(async () => {
    client = await SimulatorClient.start();
  });
  afterAll(() => client.close());
  afterEach(() => client.delete('/alpha/faults'));

  describe('tokens', () => {
    it.each(Object.keys(DECLINE_CODES))(
      'tok_decline_%s declines so, and is in the books',
      async (code) => {
        const answer = await client.purchase(`d-${code}`, `tok_decline_${code}`);
        expect(answer.body).toMatchObject({ status: 'declined', decline_code: code });
        expect(await client.books(`d-${code}`)).toMatchObject([
          { operation: 'purchase', amount: 2500, outcome: 'declined' },
        ]);
      },
    );

    it('declines a token that it does not know', async () => {
      const answer = await client.authorize('unknown-token', 'tok_whatever');
      expect(answer.body.decline_code).toBe('invalid_payment_method');
    });

    it.each(['4111111111111111', 'tok_4111111111111111', 'tok_4111-1111-1111-1111'])(
      'refuses a card number (%s) and tells it to nobody',
      async (token) => {
        const answer = await client.purchase('card', token);
        expect(answer.status).toBe(400);
        expect(answer.text).not.toContain('1111');
        expect(await client.books('card')).toEqual([]);
      },
    );

    it('tok_error_after_effect and tok_reset_after_effect charge once, and the second call tells', async () => {
      expect((await client.purchase('e', 'tok_error_after_effect')).status).toBe(500);
      await expect(client.purchase('r', 'tok_reset_after_effect')).rejects.toThrow();
      for (const [key, token] of [
        ['e', 'tok_error_after_effect'],
        ['r', 'tok_reset_after_effect'],
      ] as const) {
        expect((await client.purchase(key, token)).body).toMatchObject({ status: 'approved' });
        expect((await client.get(`/alpha/operations/${key}`)).body.status).toBe('approved');
        expect(await client.books(key)).toHaveLength(1);
      }
    });

    it('tok_slow holds its key until it answers', async () => {
      const slow = client.purchase('slow', 'tok_slow');
      let early = await client.purchase('slow', 'tok_slow');
      expect(early).toMatchObject({ status: 409, body: { error: { code: 'key_in_use' } } });
      early = await client.get('/alpha/operations/slow');
      expect(early.status).toBe(404);
      expect((await slow).body.status).toBe('approved');
      expect(await client.books('slow')).toHaveLength(1);
    });

    it('tok_refund_fails refuses refunds at once, and the books say so', async () => {
      const { reference } = (await client.purchase('rf', 'tok_refund_fails')).body;
      const refund = { payment_id: 'pay_rf', reference, amount: '100', currency: 'EUR' };
      const answer = await client.post('/alpha/refunds', refund, 'rf-1');
      expect(answer.body).toMatchObject({ status: 'declined' });
      expect(await client.books('rf')).toMatchObject([
        { operation: 'purchase', outcome: 'approved' },
        { operation: 'refund', outcome: 'declined', amount: 100 },
      ]);
    });

    it('tok_action_required shows a page, and the first act counts', async () => {
      const { redirect_url: url } = (await client.purchase('act', 'tok_action_required')).body;
      const page = await fetch(url);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(await page.text()).toContain('?result=success');
      expect(await client.books('act')).toEqual([]);
      expect((await fetch(`${url}?result=perhaps`)).status).toBe(400);
      await fetch(`${url}?result=success`);
      expect(await (await fetch(`${url}?result=failure`)).text()).toContain('goes on');
      expect(await client.books('act')).toMatchObject([{ outcome: 'approved', amount: 2500 }]);
      expect((await fetch(`${client.url}/alpha/actions/act_00zzzzzz`)).status).toBe(404);
    });
  });

  describe('books', () => {
    it('list an entry in exactly this shape, and big amounts as text', async () => {
      await client.purchase('shape', 'tok_approve', { amount: '99999999999999999' });
      expect(await client.books('shape')).toEqual([
        {
          gateway: 'alpha',
          operation: 'purchase',
          key: 'shape',
          amount: '99999999999999999',
          currency: 'EUR',
          outcome: 'approved',
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
      ]);
      expect(await client.books('nobody')).toEqual([]);
    });

    it('show increments by the new total and voids by what they released', async () => {
      const { reference } = (await client.authorize('amounts')).body;
      const beneath = { payment_id: 'pay_amounts', reference };
      const money = { amount: '4000', currency: 'EUR' };
      await client.post('/alpha/increments', { ...beneath, ...money }, 'amounts-i');
      await client.post('/alpha/captures', { ...beneath, ...money, amount: '1000' }, 'amounts-c');
      await client.post('/alpha/voids', beneath, 'amounts-v');
      const books = await client.books('amounts');
      expect(books.map((it) => [it.operation, it.amount])).toEqual([
        ['authorize', 2500],
        ['increment', 4000],
        ['capture', 1000],
        ['void', 3000],
      ]);
    });

    it('have the same effect once, however many send it at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => client.purchase('parallel')),
      );
      const statuses = new Set(answers.map((it) => it.status));
      expect([...statuses].every((status) => status === 200 || status === 409)).toBe(true);
      const bodies = new Set(answers.filter((it) => it.status === 200).map((it) => it.text));
      expect(bodies.size).toBe(1);
      expect(await client.books('parallel')).toHaveLength(1);
    });

    it('page through all gateways in one order', async () => {
      await client.post('/beta/purchases', chargeBody('beta', 'tok_approve'), 'beta');
      const all = (await client.get('/books?limit=10000')).body.data;
      const paged: unknown[] = [];
      let after: string | null = '';
      while (after !== null) {
        const page: Answered = await client.get(
          `/books?limit=7${after === '' ? '' : `&after=${after}`}`,
        );
        paged.push(...page.body.data);
        after = page.body.next_cursor;
      }
      expect(paged).toEqual(all);
      expect(all.at(-1)).toMatchObject({ gateway: 'beta', payment_id: 'pay_beta' });
      expect((await client.get('/books?limit=0')).status).toBe(400);
      expect((await client.get('/books?after=x')).status).toBe(400);
    });

    it('and all the rest are the same after a restart', async () => {
      await client.put('/alpha/faults', { settlement_delay_ms: 60_000 });
      const first = await client.purchase('restart');
      await client.authorize('restart-a', 'tok_action_required');
      await client.purchase('restart-d', 'tok_decline_lost_card');
      const before = await Promise.all(PATHS.map((path) => client.get(path)));
      await client.restart();
      const after = await Promise.all(PATHS.map((path) => client.get(path)));
      expect(after.map((it) => it.body)).toEqual(before.map((it) => it.body));
      expect((await client.purchase('restart')).text).toBe(first.text);
      expect((await client.get('/alpha/faults')).body.settlement_delay_ms).toBe(0);
    });

    it('hold in the file whatever was answered: a copy taken then knows it', async () => {
      const answer = await client.purchase('killed');
      const dataDir = await mkdtemp(join(tmpdir(), 'gateway-simulator-'));
      await copyFile(join(client.dataDir, 'books.jsonl'), join(dataDir, 'books.jsonl'));
      const copy = await SimulatorClient.start(dataDir);
      expect(await copy.books('killed')).toEqual(await client.books('killed'));
      expect((await copy.purchase('killed')).text).toBe(answer.text);
      await copy.close();
    });
  });

  it('refuses to start on books of a later release', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gateway-simulator-'));
    await writeFile(join(dataDir, 'books.jsonl'), '{"type":"teleport"}\n');
    await expect(SimulatorClient.start(dataDir)).rejects.toMatchObject({ code: 'BOOKS_CORRUPT' });
    await rm(dataDir, { recursive: true });
  });

  it('settles what a restart interrupted', async () => {
    await client.put('/alpha/faults', { settlement_delay_ms: 200 });
    const { body } = await client.purchase('late');
    expect(body.settled).toBe(false);
    await client.restart();
    const isSettled = async () => (await client.get('/alpha/operations/late')).body.settled;
    await eventually(isSettled);
    const facts = (await client.get('/alpha/facts?limit=10000')).body.data;
    expect(facts.filter((it) => it.key === 'late' && it.type === 'settled')).toHaveLength(1);
  });
});

const PATHS = [
  '/books?limit=10000',
  '/alpha/facts?limit=10000',
  '/alpha/operations/restart',
  '/alpha/operations/restart-d',
];
