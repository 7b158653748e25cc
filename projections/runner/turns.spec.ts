import pg from 'pg';
import { Turns } from './turns.js';

describe('turns', () => {
  const pool = () => new pg.Pool();

  function step(told: string[], name: string) {
    let end: (error?: Error) => void = () => undefined;
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error));
    });
    const work = async () => {
      told.push(`${name} begins`);
      await ended;
      told.push(`${name} ends`);
      return name;
    };
    return { work, end };
  }

  it('lets the next one begin when the one before has ended', async () => {
    const told: string[] = [];
    const shared = pool();
    const first = step(told, 'first');
    const second = step(told, 'second');
    const both = [Turns.of(shared).take(first.work), Turns.of(shared).take(second.work)];
    second.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['first begins']);
    first.end();
    expect(await Promise.all(both)).toEqual(['first', 'second']);
    expect(told).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('goes on after one that failed, and tells only its own caller', async () => {
    const turns = Turns.of(pool());
    const first = step([], 'first');
    const failed = turns.take(first.work);
    const next = turns.take(async () => 'next');
    first.end(new Error('gone'));
    await expect(failed).rejects.toThrow('gone');
    expect(await next).toBe('next');
  });

  it('does not wait for ever for one that hangs', async () => {
    const turns = new Turns(1);
    const stuck = step([], 'stuck');
    const hanging = turns.take(stuck.work);
    expect(await turns.take(async () => 'next')).toBe('next');
    stuck.end();
    expect(await hanging).toBe('stuck');
  });

  it('are of one pool: another one waits for nobody', async () => {
    const told: string[] = [];
    const first = step(told, 'first');
    const held = Turns.of(pool()).take(first.work);
    expect(await Turns.of(pool()).take(async () => 'other')).toBe('other');
    first.end();
    await held;
  });
});
