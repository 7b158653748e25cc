import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { CommandFailed } from './installation.js';
import { exitCodeOf, failOnFindings, throwInsteadOfExit } from './exit-codes.js';
import { tillstreamCommand } from './tillstream.command.js';

describe('the exit code of a command', () => {
  const nothingRuns = mkdtempSync(join(tmpdir(), 'tillstream-exit-codes-'));
  afterAll(() => rmSync(nothingRuns, { recursive: true }));

  beforeEach(() => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => jest.restoreAllMocks());

  async function exitCode(...words: string[]): Promise<number> {
    const output = new PassThrough();
    const command = throwInsteadOfExit(
      tillstreamCommand({ TILLSTREAM_DATA_DIR: nothingRuns }, output),
    );
    try {
      await command.parseAsync(words, { from: 'user' });
      return 0;
    } catch (error) {
      return exitCodeOf(error);
    }
  }

  it('is 1 for a finding, 0 without', () => {
    expect(() => failOnFindings(0)).not.toThrow();
    const codes = [1, 7].map((count) => {
      try {
        return failOnFindings(count);
      } catch (error) {
        return exitCodeOf(error);
      }
    });
    expect(codes).toEqual([1, 1]);
  });

  it.each(['verify', 'doctor', 'projections list'])(
    'is 2 where there is nothing to look at: %s',
    async (words) => {
      expect(await exitCode(...words.split(' '))).toBe(2);
    },
  );

  it('is 2 for what nobody foresaw', () => {
    expect(exitCodeOf(new CommandFailed('Nothing runs here.'))).toBe(2);
    expect(exitCodeOf(new Error('the socket broke'))).toBe(2);
  });

  it.each([
    ['an unknown command', 'prove'],
    ['an unknown option', 'verify', '--fast'],
    ['an option of a command below', 'verify', 'statement', '--quick'],
    ['a missing argument', 'verify', 'statement'],
  ])('is 2 for %s', async (_what, ...words) => {
    expect(await exitCode(...words)).toBe(2);
  });

  it('is 0 for help', async () => {
    expect(await exitCode('--help')).toBe(0);
    expect(await exitCode('verify', 'statement', '--help')).toBe(0);
  });
});
