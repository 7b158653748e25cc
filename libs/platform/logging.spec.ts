import { Writable } from 'node:stream';
import { createLogger, scrubText, type Logger } from './logging.js';
import { Secret } from './secret.js';

function logged(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLogger('spec', { level: 'info', destination }));
  return lines.join('');
}

describe('createLogger', () => {
  it('writes JSON with the name of the process', () => {
    expect(JSON.parse(logged((logger) => logger.info({ count: 2 }, 'hello')))).toMatchObject({
      name: 'spec',
      count: 2,
      msg: 'hello',
    });
  });

  it('never prints keys, tokens, secrets or passwords, however deep or written', () => {
    const text = logged((logger) => {
      logger.info({
        headers: { Authorization: 'Bearer hidden1', 'Idempotency-Key': 'hidden2' },
        body: { list: [{ payment_method: { type: 'card', token: 'hidden3' } }] },
        secret: new Secret('hidden4'),
        apiKey: 'hidden5',
      });
      logger.child({ token: 'hidden6' }).warn('postgres://me:hidden7@host/db');
      logger.error({ err: new Error('refused: Bearer hidden8') }, 'failed');
    });
    expect(text).not.toContain('hidden');
    expect(text).toContain('postgres://***@host/db');
  });

  it('never prints the URL that could not be read, whose password may stand anywhere', () => {
    const text = logged((logger) => {
      try {
        new URL('redis://:hid/den@127.0.0.1');
      } catch (error) {
        logger.fatal({ err: error }, 'failed');
      }
    });
    expect(text).toContain('ERR_INVALID_URL');
    expect(text).not.toContain('hid/den');
  });

  it.each([
    ['names with dots', 'a.'.repeat(64 * 1024)],
    ['a name of colons', `x://${':'.repeat(64 * 1024)}`],
    ['addresses without an end', 'x://a:'.repeat(64 * 1024)],
    ['bearers of nothing', `Bearer ${' '.repeat(64 * 1024)}"`],
  ])('takes no longer for %s than their length asks for', (_what, text) => {
    const startedAtMs = performance.now();
    expect(scrubText(text)).toBe(text);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });

  it('leaves other text alone', () => {
    const text = 'http://127.0.0.1:3000/a:b@c and the bearer';
    expect(scrubText(text)).toBe(text);
    expect(scrubText('rediss://:a:b@one,esdb://me:c@two')).toBe('rediss://***@one,esdb://***@two');
  });
});
