import { randomUUID } from 'node:crypto';
import {
  approved,
  ask,
  authorized,
  charge,
  endOfFeed,
  eventually,
  factOf,
  feedFrom,
  type GatewayUnderTest,
  on,
  page,
  redirectOf,
  send,
  type Under,
  voidOf,
} from './gateway-calls.contract.js';

const SHORT_TIMEOUT_MS = 300;

/** What every adapter must do; run with the engine that it speaks to. */
export function describePaymentGateway(title: string, open: () => Promise<GatewayUnderTest>): void {
  describe(`payment gateway contract: ${title}`, () => {
    let subject: GatewayUnderTest;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());
    const under = () => subject;
    describeCharges(under);
    describeAuthorizations(under);
    describeReleases(under);
    describeActions(under);
    describeSilence(under);
    describeFacts(under);
  });
}

function describeCharges(under: Under): void {
  it('charges, and says what and whether it has settled', async () => {
    const call = charge('purchase', under().tokens.approve);
    const answer = approved(await send(under, call));
    expect(answer).toMatchObject({ amount: 2500n, currency: 'EUR' });
    expect(answer.settled).toBe(under().settlesAtOnce);
    expect(answer.authorizationGone).toBe(false);
    expect(answer.reference).not.toBe('');
  });

  it('answers a repeated key as before', async () => {
    const call = charge('purchase', under().tokens.approve);
    const first = await send(under, call);
    expect(await send(under, call)).toEqual(first);
    expect(await ask(under, call)).toEqual(first);
  });

  it('takes a key with another content for neither a refusal nor a repeat', async () => {
    const call = charge('purchase', under().tokens.approve);
    await send(under, call);
    expect(await send(under, { ...call, amount: 2501n })).toMatchObject({ outcome: 'unknown' });
  });

  it('carries the greatest amount to the last unit', async () => {
    const { amountMax: amount, tokens } = under();
    const call = { ...charge('purchase', tokens.approve), amount };
    expect(approved(await send(under, call)).amount).toBe(amount);
  });

  it('normalises the code of a decline, and tells it to who asks', async () => {
    const { token, code } = under().tokens.decline;
    const call = charge('authorize', token);
    expect(await send(under, call)).toMatchObject({ outcome: 'declined', code });
    expect(await ask(under, call)).toMatchObject({ outcome: 'declined', code });
  });

  it('has not found what was never sent', async () => {
    const word = await ask(under, charge('purchase', under().tokens.approve));
    expect(word).toEqual({ outcome: 'not_found' });
  });

  it('refuses a reference that it never gave', async () => {
    const call = on(charge('authorize', ''), 'aut_00000000', { operation: 'capture', final: true });
    expect(await send(under, call)).toMatchObject({ outcome: 'refused', reason: 'rejected' });
  });

  it('refunds in parts up to what was captured', async () => {
    const call = charge('purchase', under().tokens.approve);
    const { reference } = approved(await send(under, call));
    const refund = (amount: bigint) =>
      send(under, { ...on(call, reference, { operation: 'refund' }), amount });
    expect(approved(await refund(1000n)).amount).toBe(1000n);
    expect(await refund(1501n)).toMatchObject({ outcome: 'declined' });
    expect(approved(await refund(1500n)).amount).toBe(1500n);
    expect(await refund(1n)).toMatchObject({ outcome: 'declined' });
  });
}

function describeAuthorizations(under: Under): void {
  it('captures in parts, never above what is authorized', async () => {
    const { call, reference, expiresAt } = await authorized(under);
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());
    const capture = (amount: bigint) =>
      send(under, { ...on(call, reference, { operation: 'capture', final: false }), amount });
    expect(approved(await capture(1000n)).amount).toBe(1000n);
    expect(await capture(1501n)).toMatchObject({ outcome: 'declined', authorizationGone: false });
    expect(approved(await capture(1500n)).amount).toBe(1500n);
    expect(await capture(1n)).toMatchObject({ outcome: 'declined', authorizationGone: true });
  });

  it('releases the rest with a final capture', async () => {
    const { call, reference } = await authorized(under);
    const capture = on(call, reference, { operation: 'capture', final: true });
    approved(await send(under, { ...capture, amount: 1n }));
    const again = { ...capture, key: randomUUID(), amount: 1n };
    expect(await send(under, again)).toMatchObject({
      outcome: 'declined',
      authorizationGone: true,
    });
  });

  it('raises an authorization to a new total', async () => {
    const { call, reference } = await authorized(under);
    const increment = { ...on(call, reference, { operation: 'increment' }), amount: 4000n };
    expect(approved(await send(under, increment)).amount).toBe(4000n);
    const capture = on(call, reference, { operation: 'capture', final: false });
    approved(await send(under, { ...capture, amount: 4000n }));
  });

  it('says of every call that an authorization whose time is over is gone', async () => {
    await under().authorizeFor(1);
    const { call, reference } = await authorized(under);
    await under().authorizeFor(7 * 86_400_000);
    await eventually(async () => approved(await ask(under, call)).authorizationGone);
    const gone = { outcome: 'declined', authorizationGone: true };
    const capture = on(call, reference, { operation: 'capture', final: true });
    expect(await send(under, capture)).toMatchObject(gone);
    expect(await send(under, voidOf(call, reference))).toMatchObject(gone);
    const increment = { ...on(call, reference, { operation: 'increment' }), amount: 4000n };
    expect(await send(under, increment)).toMatchObject(gone);
  });
}

function describeReleases(under: Under): void {
  it('releases what is left, once', async () => {
    const { call, reference } = await authorized(under);
    const capture = on(call, reference, { operation: 'capture', final: false });
    approved(await send(under, { ...capture, amount: 500n }));
    expect(approved(await send(under, voidOf(call, reference))).amount).toBe(2000n);
    const gone = { outcome: 'declined', authorizationGone: true };
    expect(await send(under, voidOf(call, reference))).toMatchObject(gone);
    expect(await send(under, { ...capture, key: randomUUID() })).toMatchObject(gone);
    expect(approved(await ask(under, call)).authorizationGone).toBe(true);
  });

  it('finds what to release by the key of the authorization too', async () => {
    const { call } = await authorized(under);
    expect(approved(await send(under, voidOf(call, null))).amount).toBe(2500n);
  });

  it('does not release what a purchase took', async () => {
    const call = charge('purchase', under().tokens.approve);
    const { reference } = approved(await send(under, call));
    expect(await send(under, voidOf(call, reference))).toMatchObject({ outcome: 'declined' });
  });
}

function describeActions(under: Under): void {
  it.each(['authorize', 'purchase'] as const)('waits for the customer (%s)', async (operation) => {
    const call = charge(operation, under().tokens.actionRequired);
    const start = await endOfFeed(under);
    const waiting = await send(under, call);
    expect(await ask(under, call)).toEqual(waiting);
    await under().act(redirectOf(waiting), 'success');
    expect(approved(await ask(under, call)).amount).toBe(2500n);
    const fact = await factOf(under, start, { call, type: 'operation_approved' });
    expect(fact).toMatchObject({ amount: 2500n });
  });

  it('tells that the customer failed, and keeps to it', async () => {
    const call = charge('purchase', under().tokens.actionRequired);
    const start = await endOfFeed(under);
    const redirectUrl = redirectOf(await send(under, call));
    await under().act(redirectUrl, 'failure');
    await under().act(redirectUrl, 'success');
    const failed = { outcome: 'declined', code: 'authentication_failed' };
    expect(await ask(under, call)).toMatchObject(failed);
    const fact = await factOf(under, start, { call, type: 'operation_declined' });
    expect(fact.kind).toMatchObject({ code: 'authentication_failed' });
  });

  it('voids an action that nobody finished; it can not be finished then', async () => {
    const call = charge('purchase', under().tokens.actionRequired);
    const redirectUrl = redirectOf(await send(under, call));
    expect(approved(await send(under, voidOf(call, null))).amount).toBe(0n);
    await under().act(redirectUrl, 'success');
    const gone = { outcome: 'declined', authorizationGone: true };
    expect(await ask(under, call)).toMatchObject(gone);
  });
}

function describeSilence(under: Under): void {
  it('takes a silence after the effect for unknown; asking then tells the truth', async () => {
    const call = charge('purchase', under().tokens.timeoutAfterEffect);
    const silence = await under().gateway.send(call, SHORT_TIMEOUT_MS);
    expect(silence).toMatchObject({ outcome: 'unknown' });
    const word = approved(await ask(under, call));
    expect(await send(under, call)).toEqual(word);
  });

  it('takes a silence before the effect for unknown; the same key then charges once', async () => {
    const call = charge('purchase', under().tokens.timeoutBeforeEffect);
    const silence = await under().gateway.send(call, SHORT_TIMEOUT_MS);
    expect(silence).toMatchObject({ outcome: 'unknown' });
    expect(await ask(under, call)).toEqual({ outcome: 'not_found' });
    const charged = approved(await send(under, call));
    expect(await ask(under, call)).toEqual(charged);
  });
}

function describeFacts(under: Under): void {
  it('tells a later settlement in the feed and to who asks', async () => {
    await under().settleAfter(50);
    const start = await endOfFeed(under);
    const call = charge('purchase', under().tokens.approve);
    expect(approved(await send(under, call)).settled).toBe(false);
    await under().settleAfter(0);
    const fact = await factOf(under, start, { call, type: 'settled' });
    expect(fact).toMatchObject({ amount: 2500n, currency: 'EUR' });
    expect(approved(await ask(under, call)).settled).toBe(true);
  });

  it('answers pending for a refund that takes its time, and tells its end', async () => {
    const call = charge('purchase', under().tokens.approve);
    const { reference } = approved(await send(under, call));
    const start = await endOfFeed(under);
    await under().refundsSettleAfter(50);
    const refund = on(call, reference, { operation: 'refund' });
    expect(await send(under, refund)).toMatchObject({ outcome: 'pending' });
    await under().refundsSettleAfter(0);
    const fact = await factOf(under, start, { call: refund, type: 'refund_succeeded' });
    expect(fact.amount).toBe(2500n);
    expect(approved(await ask(under, refund)).amount).toBe(2500n);
  });

  it('gives the same facts in the same order behind the same cursor', async () => {
    const all = await feedFrom(under, null);
    expect(all.facts.length).toBeGreaterThan(2);
    expect(await feedFrom(under, null)).toEqual(all);
    expect(new Set(all.facts.map((fact) => fact.id)).size).toBe(all.facts.length);
    const end = await page(under, all.cursor);
    expect(end).toEqual({ facts: [], cursor: all.cursor });
  });
}
