import { AskingPauses } from './asking-pauses.js';

const PAYMENT = 'pay_1';
const REFUSED_SENDS = 20;

describe('the pauses between questions about a payment', () => {
  it('double up to the longest, each payment for itself, and begin anew once it is forgotten', () => {
    const pauses = new AskingPauses(3_000);
    const next = (id = PAYMENT) => pauses.nextMs(id);
    expect([next(), next(), next(), next(), next()]).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
    expect(next('pay_2')).toBe(500);
    pauses.forget(PAYMENT);
    expect([next(), next('pay_2')]).toEqual([500, 1_000]);
  });

  it('are a minute once its sends were refused too often, whatever the longest is', () => {
    const pauses = new AskingPauses(3_000);
    for (let sends = 1; sends < REFUSED_SENDS; sends += 1) pauses.countRefusedSend(PAYMENT);
    expect([pauses.isHopeless(PAYMENT), pauses.nextMs(PAYMENT)]).toEqual([false, 500]);
    pauses.countRefusedSend(PAYMENT);
    expect([pauses.isHopeless(PAYMENT), pauses.nextMs(PAYMENT)]).toEqual([true, 60_000]);
    expect([pauses.isHopeless('pay_2'), pauses.nextMs('pay_2')]).toEqual([false, 500]);
  });

  it('tell an operator once, after so many questions in vain', () => {
    const pauses = new AskingPauses(3_000);
    const told = Array.from({ length: 50 }, () => pauses.countInVain(PAYMENT));
    expect(told.indexOf(true)).toBe(20);
    expect(told.filter(Boolean)).toHaveLength(1);
  });
});
