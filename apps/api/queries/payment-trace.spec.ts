import { PAYMENT_LIVES, recordedLife } from '../../../libs/testing/payment-lives.js';
import { LogPositions } from '../http/positions.js';
import { traceOf } from './payment-trace.js';

describe('the trace of a payment', () => {
  it('puts each event behind its cause, siblings in the order of the stream', () => {
    // The third and fourth follow from the first, the fifth from the third; the second has a cause of its own.
    const causes = [null, null, 0, 0, 2] as const;
    const events = recordedLife(PAYMENT_LIVES['refused and declined, retried, failed'] ?? []);
    const caused = causes.map((cause, index) => {
      const event = events[index];
      if (event === undefined) throw new Error('the life is long enough');
      const causationId = cause === null ? `request-${index}` : (events[cause]?.id ?? '');
      return { ...event, metadata: { ...event.metadata, causationId } };
    });
    const nodes = traceOf(caused, new LogPositions('log_0123456789ab'));
    expect(nodes.map(({ revision, depth, cause }) => [revision, depth, cause.kind])).toEqual([
      [0, 0, 'request'],
      [2, 1, 'event'],
      [4, 2, 'event'],
      [3, 1, 'event'],
      [1, 0, 'request'],
    ]);
  });
});
