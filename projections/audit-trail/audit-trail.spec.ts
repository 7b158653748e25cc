import { recordedLife, unknownEvent } from '../../libs/testing/payment-lives.js';
import { describeEveryEvent, ProjectionRun } from '../../libs/testing/projection-run.js';
import { auditTrail } from './project.js';

describe('audit trail', () => {
  describeEveryEvent(auditTrail, true);

  it('says of an event who, what, when and why, and where it stands in the log', () => {
    const events = recordedLife([
      ['PaymentInitiated'],
      ['PaymentCancelled', { reason: 'sold out' }],
    ]);
    const { rows } = new ProjectionRun(auditTrail).apply(events);
    const [, cancelled] = events;
    expect(rows[1]).toEqual([
      cancelled?.position,
      cancelled?.id,
      cancelled?.stream,
      '1',
      'hash-1',
      'mer_shop',
      'PaymentCancelled',
      'merchant:mer_shop',
      '2026-03-01T10:00:01.000Z',
      'sold out',
      cancelled?.metadata.correlationId,
      cancelled?.metadata.causationId,
      null,
      null,
    ]);
  });

  it('shows an operator what was before and after', () => {
    const change = { before: { enabled: true }, after: { enabled: false }, reason: 'outage' };
    const event = { ...unknownEvent(0), stream: 'gateway-alpha', data: change };
    const { rows, states } = new ProjectionRun(auditTrail).apply([event]);
    expect(rows[0]?.slice(-2)).toEqual(['{"enabled":true}', '{"enabled":false}']);
    expect(states.size).toBe(0);
  });

  it("a key's entry belongs to no merchant, even where it names one", () => {
    const event = { ...unknownEvent(0), stream: 'key-key_1', data: { merchantId: 'mer_shop' } };
    const { rows } = new ProjectionRun(auditTrail).apply([event]);
    expect(rows[0]?.[5]).toBeNull();
  });
});
