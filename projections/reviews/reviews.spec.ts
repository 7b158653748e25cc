import { recordedLife } from '../../libs/testing/payment-lives.js';
import { ProjectionRun } from '../../libs/testing/projection-run.js';
import { reviews } from './project.js';

const ID = 'pay_0190f3c2a7b87c3e9d1f2a3b4c5d6e7f';

describe('reviews', () => {
  const events = recordedLife([
    ['PaymentInitiated'],
    ['ReviewRequested', { origin: 'INITIATED', reasons: ['amount_above_review_limit'] }],
    ['ReviewApproved'],
    ['AuthorizationRequested'],
    ['AuthorizationApproved'],
    ['ReviewRequested', { origin: 'AUTHORIZED', reasons: ['velocity_token: 6 attempts'] }],
  ]);

  it('says why and since when a person is asked, and from where', () => {
    const { rows, states } = new ProjectionRun(reviews).apply(events);
    expect(rows).toEqual([
      [ID, '1', events[1]?.metadata.at, 'INITIATED', '["amount_above_review_limit"]'],
      [ID, '5', events[5]?.metadata.at, 'AUTHORIZED', '["velocity_token: 6 attempts"]'],
    ]);
    expect(states.size).toBe(0);
  });

  it('passes over all other events, and over streams that are no payments', () => {
    const others = events.filter(({ type }) => type !== 'ReviewRequested');
    const [, asked] = events;
    const run = new ProjectionRun(reviews).apply(others);
    run.apply([{ ...asked!, stream: 'gateway-alpha' }]);
    expect(run.rows).toEqual([]);
    expect(reviews.write({ states: run.states, rows: run.rows }, 1)).toEqual([]);
  });

  it('writes of each payment the latest asking, in one statement', () => {
    const { rows, states } = new ProjectionRun(reviews).apply(events);
    const [statement, ...more] = reviews.write({ states, rows }, 3);
    expect(more).toEqual([]);
    expect(statement?.text).toContain('insert into reviews_v3');
    expect(String(statement?.values[3])).toContain('AUTHORIZED');
    expect(String(statement?.values[3])).not.toContain('INITIATED');
  });
});
