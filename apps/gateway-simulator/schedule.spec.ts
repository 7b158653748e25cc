import fc from 'fast-check';
import { Schedule } from './schedule.js';

describe('Schedule', () => {
  it('gives items back in the order of their times, none before it is due', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.nat(60), (times, nowMs) => {
        const schedule = new Schedule<number>();
        for (const time of times) schedule.add(time, time);
        const taken: number[] = [];
        for (let it = schedule.takeDue(nowMs); it !== null; it = schedule.takeDue(nowMs)) {
          taken.push(it);
        }
        const due = times.filter((time) => time <= nowMs).sort((one, other) => one - other);
        expect(taken).toEqual(due);
        expect(schedule.size).toBe(times.length - due.length);
      }),
    );
  });
});
