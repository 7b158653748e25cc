import { inspect } from 'node:util';
import { z } from 'zod';
import {
  booleanVariable,
  ConfigError,
  intVariable,
  jsonVariable,
  loadConfig,
  pathVariable,
  secretUrlVariable,
  secretVariable,
  urlVariable,
} from './config.js';

const schema = z.object({
  PORT: intVariable({ min: 1, max: 65_535 }).default(3000),
  DATABASE_URL: secretUrlVariable('postgres', 'postgresql').optional(),
  VERBOSE: booleanVariable().default(false),
  SERVICE_URL: urlVariable('http', 'https').optional(),
  FOLDER: pathVariable().optional(),
  TOKEN: secretVariable({ lengthMin: 8 }),
  LIST: jsonVariable(z.array(z.strictObject({ name: z.string() }))).default([]),
});

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('gives typed values and defaults, and takes an empty variable as unset', () => {
    const config = loadConfig(schema, { TOKEN: 'longer-than-8', PORT: '', VERBOSE: 'on' });
    expect(config.PORT).toBe(3000);
    expect(config.VERBOSE).toBe(true);
    expect(config.DATABASE_URL).toBeUndefined();
    expect(config.TOKEN.reveal()).toBe('longer-than-8');
  });

  it('refuses with one sentence a fault that names the variable and never the value', () => {
    const faults = faultsOf({ PORT: '70000', TOKEN: 'shhh', DATABASE_URL: 'mysql://u:hidden@h/x' });
    expect(faults).toEqual([
      'PORT must be a whole number from 1 to 65535.',
      'DATABASE_URL must be a URL that begins with postgres:// or postgresql://.',
      'TOKEN must be a secret of at least 8 characters.',
    ]);
    expect(faults.join()).not.toMatch(/70000|shhh|hidden/);
  });

  it('says when a variable is not set at all', () => {
    expect(faultsOf({})).toEqual([
      'TOKEN is not set: it must be a secret of at least 8 characters.',
    ]);
  });

  it.each([['1e3'], ['-1'], ['0x10'], ['3000 '], ['3.5'], ['9'.repeat(16)]])(
    'takes %j for no whole number',
    (value) => {
      expect(faultsOf({ TOKEN: 'longer-than-8', PORT: value })).toHaveLength(1);
    },
  );

  it.each([['http://a b/'], ['http://a:99999/'], ['http:///x'], ['ftp://a/'], ['https://[::1/']])(
    'takes %j for no URL that can be called',
    (SERVICE_URL) => {
      expect(faultsOf({ TOKEN: 'longer-than-8', SERVICE_URL })).toEqual([
        'SERVICE_URL must be a URL that begins with http:// or https://.',
      ]);
    },
  );

  it('makes no folder of a line end or a space', () => {
    for (const FOLDER of [' ', 'data\n', ' /data']) {
      expect(faultsOf({ TOKEN: 'longer-than-8', FOLDER })).toEqual([
        'FOLDER must be a path without spaces or line ends around it.',
      ]);
    }
    expect(faultsOf({ TOKEN: 'longer-than-8', FOLDER: '/my data/ü' })).toEqual([]);
  });

  it('asks for the words that the documentation has for a switch', () => {
    expect(faultsOf({ TOKEN: 'longer-than-8', VERBOSE: 'maybe' })).toEqual([
      'VERBOSE must be on or off.',
    ]);
  });

  it('names the place within a JSON variable', () => {
    expect(faultsOf({ TOKEN: 'longer-than-8', LIST: '[{"name": 7}]' })).toEqual([
      'LIST (at 0.name) must be string.',
    ]);
    expect(faultsOf({ TOKEN: 'longer-than-8', LIST: '[{' })).toEqual(['LIST must be valid JSON.']);
  });
});

describe('Secret', () => {
  it('prints as *** wherever it lands', () => {
    const { TOKEN } = loadConfig(schema, { TOKEN: 'longer-than-8' });
    expect([`${TOKEN}`, JSON.stringify({ TOKEN }), inspect({ TOKEN })].join()).not.toContain(
      'longer',
    );
    expect(`${TOKEN}`).toBe('***');
  });
});
