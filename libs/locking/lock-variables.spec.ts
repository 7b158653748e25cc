import { z } from 'zod';
import { ConfigError, loadConfig } from '../platform/config.js';
import { lockVariables } from './lock-variables.js';

const variables = z.object(lockVariables);
const given = (REDIS_URLS: string) => loadConfig(variables, { REDIS_URLS }).REDIS_URLS ?? [];

describe('REDIS_URLS', () => {
  it('takes servers apart by name and port', () => {
    expect(given('redis://a, rediss://b:1,redis://a:2')).toHaveLength(3);
  });

  // A server that votes twice refuses itself: no payment would ever get its lock.
  it.each([
    ['redis://a,redis://b,redis://a'],
    ['redis://a,redis://b,rediss://u:p@A:6379'],
    ['redis://a/0,redis://a/1,redis://a/2'],
  ])('refuses %s, where a server stands twice', (list) => {
    const sentence = 'REDIS_URLS must name each server once.';
    expect(() => given(list)).toThrow(new ConfigError([sentence]));
  });

  it('says of what is no URL only that', () => {
    const sentence =
      'REDIS_URLS must be at most 9 URLs that begin with redis:// or rediss://, with commas between them.';
    expect(() => given('redis://a,,http://b')).toThrow(new ConfigError([sentence]));
  });
});
