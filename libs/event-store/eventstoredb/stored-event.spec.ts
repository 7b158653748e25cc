import { InvalidPosition } from '../position.js';
import { toLogPosition } from './stored-event.js';

const half = (number: bigint) => number.toString(16).padStart(16, '0');

describe('a place in the log of an EventStoreDB', () => {
  it('is where a prepare stands at or before its commit', () => {
    expect(toLogPosition(half(1519n) + half(1519n))).toEqual({ commit: 1519n, prepare: 1519n });
    expect(toLogPosition(half(1519n) + half(872n))).toEqual({ commit: 1519n, prepare: 872n });
  });

  // The server answers the first with an error as if it were ill, the last with the end of the log.
  it.each([
    ['a prepare behind its commit', half(0n) + half(1519n)],
    ['beyond signed numbers', half(2n ** 63n) + half(2n ** 63n)],
    ['that means the end to the server', 'f'.repeat(32)],
  ])('is none %s', (_name, position) => {
    expect(() => toLogPosition(position)).toThrow(InvalidPosition);
  });
});
