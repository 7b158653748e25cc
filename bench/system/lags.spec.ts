import { mostBehind, untilCaughtUp } from './lags.js';

const lag = (events: number, seconds = 0) => [
  { name: 'audit-trail', lag_events: events, lag_seconds: seconds },
];

describe('waiting for read models', () => {
  it('ends when none is behind', async () => {
    const looks = [lag(3), lag(1), lag(0)];
    await untilCaughtUp(async () => looks.shift() ?? lag(9));
    expect(looks).toEqual([]);
  });

  it('fails where one comes no nearer, and names it', async () => {
    const waiting = untilCaughtUp(async () => lag(3), 1);
    await expect(waiting).rejects.toThrow('read models come no nearer to the log: audit-trail');
  });
});

describe('the most that read models were behind', () => {
  it('is told beside what the work gave', async () => {
    const looks = [lag(1, 0.5), lag(1, 0.2)];
    const { result, most } = await mostBehind(
      async () => looks.shift() ?? lag(0),
      async () => 'done',
    );
    expect(result).toBe('done');
    expect([...most]).toEqual([['audit-trail', 0.5]]);
  });

  it('fails where it can not be seen, without waiting for nobody', async () => {
    const away = async () => Promise.reject(new Error('lags: 503'));
    await expect(mostBehind(away, async () => 'done')).rejects.toThrow('lags: 503');
  });
});
