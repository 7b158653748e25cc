import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import type { BookEntry } from '../../libs/gateways/gateway-books.js';
import { recordFact } from '../../libs/orchestration/fact-recorder.js';
import type { PaymentRequest } from '../../libs/orchestration/payment-calls.js';
import { PaymentContinuation } from '../../libs/orchestration/payment-continuation.js';
import { paymentStream } from '../../libs/payments/payment.stream.js';
import { call, create, house, PAYMENT_ID } from '../../libs/testing/payment-house.js';
import { approval, ScriptedGateway } from '../../libs/testing/scripted-gateway.js';
import { checkHistory } from './check-history.js';
import type { Evidence } from './evidence.js';
import type { HistoryLine, Outcome } from './history.js';

const STREAM = paymentStream(PAYMENT_ID);

/** What a run leaves, taken apart so that a spec may damage it. */
interface Damageable {
  lines: HistoryLine[];
  readonly streams: Map<string, RecordedEvent[]>;
  books: BookEntry[];
}

describe('the check of a history', () => {
  it('finds nothing in an honest one, with copies, refusals and calls whose answer never came', async () => {
    const story = await honest();
    expect(story.lines.filter(({ type }) => type === 'ok')).toHaveLength(6);
    expect(checkHistory(story)).toEqual([]);
  });

  it('finds a 2xx that is in no stream', async () => {
    const story = await honest();
    answered(story, 'k-lost', 'refunds', { type: 'ok', status: 201, revision: 4 });
    expect(rulesOf(story)).toContain('a 2xx was lost');
  });

  it('finds a 2xx whose end of the stream was lost', async () => {
    const story = await honest();
    story.streams.get(STREAM)?.splice(3);
    story.books = story.books.filter(({ operation }) => operation === 'purchase');
    expect(rulesOf(story)).toEqual(
      new Set(['a 2xx was lost', 'an answer is not what the stream says']),
    );
  });

  it('finds a doubled charge: of one key, of a key that no stream knows, of one order', async () => {
    const twice = await honest();
    twice.books.push(twice.books[0]!);
    expect(rulesOf(twice)).toEqual(new Set(['books and streams differ']));

    const unknown = await honest();
    unknown.books.push({ ...unknown.books[0]!, key: 'of nobody' });
    expect(checkHistory(unknown).map(({ message }) => message)).toContain(
      'alpha has a purchase under of nobody, the stream has no such intent',
    );

    const foreign = await honest();
    foreign.books.push({ ...foreign.books[0]!, paymentId: 'pay_of_nobody' });
    expect(rulesOf(foreign)).toEqual(new Set(['books and streams differ']));

    const ordered = await honest();
    const other = 'payment-pay_other';
    ordered.streams.set(
      other,
      ordered.streams.get(STREAM)!.map((event) => ({ ...event, stream: other })),
    );
    expect(rulesOf(ordered)).toContain('an order was paid twice');
  });

  it('finds a charge that the gateway does not have', async () => {
    const story = await honest();
    story.books.pop();
    expect(checkHistory(story).map(({ message }) => message)).toEqual([
      'the gateways took 2000, the stream says 1600',
    ]);
  });

  it('leaves an approval alone that waits for the end of its dispute before it is given back', async () => {
    const story = await partlyApproved();
    expect(checkHistory(story)).toEqual([]);

    story.books.pop();
    expect(checkHistory(story).map(({ message }) => message)).toEqual([
      'the gateways took 0, the stream says 1200',
    ]);
  });

  it('knows what a lost dispute took of an approval, and what was given back of it', async () => {
    const story = await partlyApproved('dispute_lost');
    expect(story.books.map(({ operation, amount }) => `${operation} ${amount}`)).toEqual([
      'purchase 1200',
      'refund 700',
    ]);
    expect(checkHistory(story)).toEqual([]);
  });

  it('finds an approval that nobody gave back', async () => {
    const story = await partlyApproved('dispute_lost');
    story.streams.get(STREAM)?.splice(-2);
    story.books.pop();
    expect(rulesOf(story)).toEqual(new Set(['an approval is not given back']));
  });

  it('finds a call that opened twice, and one that opened another stream', async () => {
    const story = await honest();
    const events = story.streams.get(STREAM)!;
    const twin = 'payment-pay_twin';
    story.streams.set(
      twin,
      events.map((event) => ({
        ...event,
        stream: twin,
        ...(event.type === 'PaymentInitiated' && { data: { ...event.data, orderId: 'other' } }),
      })),
    );
    expect(rulesOf(story)).toContain('a call was done twice');
  });

  it('finds two answers to one key that contradict, in status or in bytes', async () => {
    const story = await honest();
    const before = lastAnswer(story, 'k-create');
    answered(story, 'k-create', '', { ...before, status: 202 });
    expect(rulesOf(story)).toEqual(new Set(['answers contradict']));

    const bytes = await honest();
    const same = lastAnswer(bytes, 'k-create');
    answered(bytes, 'k-create', '', { ...same, body: `${same.body} ` });
    expect(rulesOf(bytes)).toEqual(new Set(['answers contradict']));
  });

  it('finds a body that differs from what the stream says, also where all copies agree', async () => {
    const story = await honest();
    story.lines = story.lines.map((line) =>
      line.type !== 'invoke' && line.body?.includes('"amount_refunded":0') === true
        ? { ...line, body: line.body.replace('"amount_refunded":0', '"amount_refunded":1') }
        : line,
    );
    expect(rulesOf(story)).toEqual(new Set(['an answer is not what the stream says']));
  });

  it('finds an answer that was forgotten: refused after it was given', async () => {
    const story = await honest();
    answered(story, 'k-create', '', { type: 'fail', status: 409, revision: null, body: '{}' });
    expect(rulesOf(story)).toEqual(new Set(['an answer was forgotten']));

    const running = await honest();
    answered(running, 'k-create', '', { type: 'info', status: 409, revision: null });
    expect(rulesOf(running)).toEqual(new Set(['an answer was forgotten']));

    const unseen = await honest();
    for (const status of [429, 503]) {
      answered(unseen, 'k-create', '', { type: 'info', status, revision: null });
    }
    expect(checkHistory(unseen)).toEqual([]);
  });

  it('finds a call that was refused and done all the same', async () => {
    const story = await honest();
    const ofKey = new Set(
      story.lines.flatMap((line) =>
        line.type === 'invoke' && line.call.key === 'k-unheard' ? [line.op] : [],
      ),
    );
    story.lines = story.lines.map((line) =>
      line.type === 'info' && ofKey.has(line.op)
        ? { ...line, type: 'fail' as const, status: 422, body: '{}' }
        : line,
    );
    expect(rulesOf(story)).toEqual(new Set(['a refused call was done']));
  });

  it('finds an effect that nobody asked for', async () => {
    const story = await honest();
    story.lines = story.lines.filter(
      (line) => line.type !== 'invoke' || line.call.key !== 'k-unheard',
    );
    expect(rulesOf(story)).toEqual(new Set(['nobody asked']));
  });

  it('finds a call that never came to rest, and its open intent', async () => {
    const story = await honest();
    story.streams.get(STREAM)!.pop();
    story.books.pop();
    expect(rulesOf(story)).toEqual(new Set(['a call is not at rest', 'an intent is open']));
  });

  it('finds a read that went back, and leaves one alone that ran beside the change', async () => {
    const story = await honest();
    const early = lastAnswer(story, 'k-create');
    answered(story, null, '', { ...early, status: 200 });
    expect(rulesOf(story)).toEqual(new Set(['a read went back']));

    const beside = await honest();
    const [invoke, outcome] = linesOf(null, '', {
      ...lastAnswer(beside, 'k-create'),
      status: 200,
    });
    beside.lines = [invoke, ...beside.lines, outcome];
    expect(checkHistory(beside)).toEqual([]);
  });

  it('finds an internal error', async () => {
    const story = await honest();
    answered(story, 'k-new', 'capture', { type: 'info', status: 500, revision: null, body: '{}' });
    expect(rulesOf(story)).toEqual(new Set(['an internal error']));
  });

  function rulesOf(story: Evidence): Set<string> {
    return new Set(checkHistory(story).map(({ rule }) => rule));
  }
});

/** A purchase with two refunds through the real orchestration: answered, repeated, refused, and one left unheard. */
async function honest(): Promise<Damageable> {
  const alpha = new ScriptedGateway('alpha');
  const { store, runner } = house([alpha]);
  const story: Damageable = { lines: [], streams: new Map(), books: [] };
  const run = async (request: PaymentRequest, key: string, heard = true) => {
    const answer = await runner.execute(call(request, key));
    const path = request.command === 'create' ? '' : 'refunds';
    if (!heard) {
      answered(story, key, path, { type: 'info', status: null, revision: null, body: null });
    } else if (answer.kind === 'payment') {
      const { status, payment } = answer;
      const body = JSON.stringify(payment);
      answered(story, key, path, { type: 'ok', status, revision: payment.revision, body });
    } else if (answer.kind === 'refused') {
      answered(story, key, path, { type: 'fail', status: 422, revision: null, body: '{}' });
    }
  };
  await run(create({ orderId: 'o-1' }), 'k-create', false);
  await run(create({ orderId: 'o-1' }), 'k-create');
  await run(create({ orderId: 'o-1' }), 'k-create');
  const refund = (amount: bigint): PaymentRequest => ({ command: 'refund', amount, reason: null });
  await run(refund(500n), 'k-refund');
  await run(refund(500n), 'k-refund');
  await run(refund(9_000n), 'k-too-much');
  await run(refund(400n), 'k-unheard', false);
  answered(story, 'k-never-arrived', 'refunds', { type: 'info', status: null });
  const events = [...(await store.readStream(STREAM))];
  story.streams.set(STREAM, events);
  story.books = booksOf(alpha);
  for (const type of ['GET', 'GET again']) {
    const { body, revision } = lastAnswer(story, 'k-refund');
    answered(story, null, type, { type: 'ok', status: 200, body, revision });
  }
  return story;
}

/** A purchase of 25.00 of which the gateway approved 12.00, and a dispute about 5.00 of that, open or lost. */
async function partlyApproved(end?: 'dispute_lost'): Promise<Damageable> {
  const alpha = new ScriptedGateway('alpha').script((asked) => approval(asked, { amount: 1200n }));
  const { ports, runner, store } = house([alpha]);
  await runner.execute(call(create(), 'k-create'));
  const [{ key } = { key: '' }] = alpha.sends;
  const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: 1_000 });
  for (const type of ['dispute_opened', ...(end === undefined ? [] : [end])] as const) {
    const fact = { paymentId: PAYMENT_ID, key, amount: 500n, currency: 'EUR' };
    const at = new Date().toISOString();
    await recordFact(ports, 'alpha', {
      ...{ ...fact, id: type, at },
      kind: { type, disputeId: 'dis_1' },
    });
    await continuation.continue(PAYMENT_ID, null);
  }
  const books = booksOf(alpha).map((entry) => {
    return entry.operation === 'purchase' ? { ...entry, amount: 1200n } : entry;
  });
  const story: Damageable = { lines: [], streams: new Map(), books };
  answered(story, 'k-create', '', { type: 'info', status: null });
  story.streams.set(STREAM, [...(await store.readStream(STREAM))]);
  return story;
}

function booksOf(gateway: ScriptedGateway): BookEntry[] {
  return gateway.books.map(({ operation, key, amount, currency }) => ({
    ...{ gateway: gateway.name, paymentId: PAYMENT_ID, operation, key, amount, currency },
    outcome: 'approved',
  }));
}

let ops = 0;

function answered(
  story: Damageable,
  key: string | null,
  path: string,
  outcome: Partial<Outcome>,
): void {
  story.lines.push(...linesOf(key, path, outcome));
}

function linesOf(
  key: string | null,
  path: string,
  outcome: Partial<Outcome>,
): [HistoryLine, HistoryLine] {
  ops += 1;
  const call = {
    method: key === null ? 'GET' : 'POST',
    path: `/v1/payments/${path}`,
    body: '{}',
    key,
    keyHash: key === null ? null : `hash-of-${key}`,
    stream: STREAM,
    who: 'merchant',
  } as const;
  const none = { status: null, body: '{}', revision: null, replayed: false, fault: null };
  return [
    { type: 'invoke', op: ops, atMs: ops, client: 'spec', node: 'api-1', call },
    { type: 'ok', ...none, ...outcome, op: ops, atMs: ops },
  ];
}

/** The last answer that was heard of a key. */
function lastAnswer(story: Damageable, key: string): Outcome {
  const sent = story.lines.flatMap((line) =>
    line.type === 'invoke' && line.call.key === key ? [line.op] : [],
  );
  return story.lines.findLast(
    (line): line is Outcome => line.type === 'ok' && sent.includes(line.op),
  )!;
}
