import type { RecordedEvent } from '../../libs/event-store/event-store.js';
import { PAYMENT_LIVES, recordedLife } from '../../libs/testing/payment-lives.js';
import { PROJECTIONS } from '../registry.js';
import { STATES_CACHED_MAX, type Projection, type Statement } from './projection.js';

describe('what a projection has in memory', () => {
  const lives = Object.entries(PAYMENT_LIVES);

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    '%s: is folded from the streams where it is gone, and the rows are the same',
    async (_name, projection) => {
      for (const [, life] of lives) {
        const events = recordedLife(life);
        expect(await written(projection, events, true)).toEqual(
          await written(projection, events, false),
        );
      }
    },
  );

  it('reads each stream that it does not know once, and none that begins in the batch', async () => {
    const [life = []] = lives.map(([, events]) => events);
    const events = recordedLife(life);
    const read: string[] = [];
    const streams = (stream: string, before: number) => {
      read.push(stream);
      return Promise.resolve(events.slice(0, before));
    };
    const projector = history().open(1, streams);
    await projector.statements(events.slice(0, 2));
    expect(read).toEqual([]);
    projector.forget();
    await projector.statements(events.slice(2, 5));
    await projector.statements(events.slice(5));
    expect(read).toEqual([events[0]?.stream]);
  });

  it('is bounded', async () => {
    const [event] = recordedLife([['PaymentInitiated']]);
    const read: string[] = [];
    const streams = (stream: string) => Promise.resolve(read.push(stream) > 0 ? [] : []);
    const projector = history().open(1, streams);
    const first = { ...event, stream: 'payment-pay_0' } as RecordedEvent;
    const others = Array.from({ length: STATES_CACHED_MAX }, (_, index) => {
      return { ...event, stream: `payment-pay_${index + 1}` } as RecordedEvent;
    });
    await projector.statements([first]);
    await projector.statements([{ ...first, type: 'Unheard', revision: 1 }]);
    expect(read).toEqual([]);
    await projector.statements(others);
    await projector.statements([{ ...first, type: 'Unheard', revision: 1 }]).catch(() => undefined);
    expect(read).toEqual(['payment-pay_0']);
  });
});

/** Batches of one event each; `forgetful`: with nothing left in memory between them. */
async function written(
  projection: Projection,
  events: readonly RecordedEvent[],
  forgetful: boolean,
): Promise<readonly Statement[]> {
  const projector = projection.open(1, (_, before) => Promise.resolve(events.slice(0, before)));
  const statements: Statement[] = [];
  for (const event of events) {
    if (forgetful) projector.forget();
    statements.push(...(await projector.statements([event])));
  }
  return statements;
}

function history(): Projection {
  const found = PROJECTIONS.find(({ name }) => name === 'payment-history');
  if (found === undefined) throw new Error('there is no payment history');
  return found;
}
