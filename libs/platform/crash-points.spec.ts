import { crashAtVariable } from './config.js';
import { CRASH_POINTS, crashPoint, parseCrashAt } from './crash-points.js';

describe('a crash point', () => {
  it('is nothing to a process that was not told to die', () => {
    for (const point of CRASH_POINTS) crashPoint(point);
    expect(process.pid).toBeGreaterThan(0);
  });

  it('has a name of its own', () => {
    expect(new Set(CRASH_POINTS).size).toBe(CRASH_POINTS.length);
  });

  it('is named together with the pass that kills', () => {
    expect(parseCrashAt('intent-durable:2')).toEqual({ point: 'intent-durable', pass: 2 });
  });

  it.each(['', 'intent-durable', 'intent-durable:0', 'intent-durable:1.5', 'no-such-point:1'])(
    'is not to be had by %j',
    (text) => {
      expect(parseCrashAt(text)).toBeNull();
      expect(crashAtVariable().safeParse(text).success).toBe(false);
    },
  );
});
