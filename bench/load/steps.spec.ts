import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import { stepsOf, type LoadKind, type Sequence } from './steps.js';

const target = {
  url: 'http://127.0.0.1:1',
  key: 'merchant',
  analystKey: 'analyst',
  prefix: 'new',
  population: 10,
  populationPrefix: 'old',
};
const known = paymentIdFor('mer_local', 'old-0');
const row = '{"id":"pay_1","status":"COMPLETED"}';
const listOf = (count: number) => `{"data":[${Array(count).fill(row).join(',')}]}`;
const payment = (status: string, id = known) =>
  `{"id":"${id}","status":"${status}","order_id":"order-0","refunds":[{"status":"CAPTURED"}]}`;

/** By which step of the load. */
type Answered = [kind: LoadKind, status: number, body: string, nth?: number];

/** What the n-th step of a load says about an answer; those before it were answered with `payment`. */
function faultOf(kind: LoadKind, answer: { status: number; body: string }, nth = 0) {
  const sequence: Sequence = {};
  const steps = stepsOf(kind, target);
  const header = (name: string) => (name === 'idempotency-replayed' ? 'true' : undefined);
  for (const step of steps.slice(0, nth)) {
    step.send(sequence);
    step.fault({ status: 201, body: payment('AUTHORIZED'), header }, sequence);
  }
  steps[nth]!.send(sequence);
  return steps[nth]!.fault({ ...answer, header }, sequence);
}

describe('what a load takes for right', () => {
  it.each<Answered>([
    ['create', 201, payment('CAPTURED')],
    ['create', 201, payment('COMPLETED')],
    ['lifecycle', 201, payment('AUTHORIZED')],
    ['lifecycle', 200, payment('COMPLETED'), 1],
    ['lifecycle', 201, payment('REFUNDED'), 2],
    ['replay', 201, payment('COMPLETED')],
    ['get', 200, payment('COMPLETED')],
    ['list', 200, listOf(20)],
    ['noop-list', 200, listOf(0)],
    ['statements', 200, '{"lines":[{"amount":1}]}'],
    ['floor-create', 201, '{"id":"none","status":"CAPTURED"}'],
  ])('%s: %i, %#', (...[kind, status, body, nth]) => {
    expect(faultOf(kind, { status, body }, nth)).toBeNull();
  });

  it.each<Answered>([
    ['create', 201, payment('CANCELLED')],
    ['create', 201, payment('FAILED')],
    ['create', 202, payment('PROCESSING')],
    ['create', 201, payment('CAPTURED').replace('order-0', 'order-1')],
    ['lifecycle', 201, payment('CAPTURED')],
    ['lifecycle', 200, payment('PROCESSING'), 1],
    ['lifecycle', 200, payment('COMPLETED', 'pay_2'), 1],
    ['lifecycle', 201, payment('REFUND_INITIATED'), 2],
    ['replay', 200, payment('COMPLETED')],
    ['get', 200, payment('COMPLETED', 'pay_2')],
    ['get', 404, payment('COMPLETED')],
    ['list', 200, listOf(19)],
    ['list', 200, listOf(0)],
    ['statements', 200, '{"lines":[]}'],
    ['floor-create', 500, '{"id":"none","status":"CAPTURED"}'],
  ])('not %s: %i, %#', (...[kind, status, body, nth]) => {
    expect(faultOf(kind, { status, body }, nth)).toContain(String(body));
  });

  it('seven of ten requests of the mixed load read', () => {
    const [mixed] = stepsOf('mixed', target);
    const methods = Array.from({ length: 1_000 }, () => mixed!.send({}).method);
    const reads = methods.filter((method) => method === 'GET').length;
    expect(Math.abs(reads - 700)).toBeLessThanOrEqual(1);
  });
});
