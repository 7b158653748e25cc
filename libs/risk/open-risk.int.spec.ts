import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../platform/config.js';
import { createLogger } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { riskSubject } from '../testing/risk-subject.js';
import { openRisk } from './open-risk.js';
import { riskVariables } from './risk-variables.js';

const schema = z.object(riskVariables);

function open(env: Readonly<Record<string, string>>) {
  const parts = { logger: createLogger('spec', { level: 'silent' }), metrics: new Metrics('spec') };
  return openRisk(loadConfig(schema, env), { ...parts, velocity: null });
}

describe('risk as configured', () => {
  it('finds nothing by default, and looks at nothing later', async () => {
    const risk = open({});
    expect(await risk.assessor.assess(riskSubject())).toMatchObject({ verdict: 'approve' });
    expect(risk.later).toBeNull();
  });

  it('knows the two limits beside the rules', async () => {
    const rules =
      '[{"rule":"amount_limit","above":5000,"currency":"EUR","action":"score","score":5}]';
    const { assessor } = open({
      RISK_RULES: rules,
      RISK_REVIEW_ABOVE: '9000',
      RISK_REJECT_ABOVE: '10000',
    });
    const scores: number[] = [];
    for (const amount of [5000n, 5001n, 9000n, 9001n, 10_000n, 10_001n]) {
      scores.push((await assessor.assess(riskSubject({ amount }))).score);
    }
    expect(scores).toEqual([0, 5, 5, 60, 60, 100]);
  });

  it('looks again later where a rule or the service is for that', () => {
    const later =
      '[{"rule":"velocity","per":"ip","window_s":60,"attempts_above":1,"stage":"async"}]';
    expect(open({ RISK_RULES: later }).later).toMatchObject({ withService: null, watchS: 300 });
    const url = 'http://127.0.0.1:1/';
    const asked = open({ RISK_SERVICE_URL: url, RISK_SERVICE_STAGE: 'async' });
    expect(asked.later).toMatchObject({ serviceStage: 'async' });
    expect(asked.later?.withService).not.toBeNull();
  });

  it('asks a service for the later stage only then', async () => {
    const env = { RISK_SERVICE_URL: 'http://127.0.0.1:1/', RISK_SERVICE_AWAY: 'reject' };
    const before = open(env);
    expect((await before.assessor.assess(riskSubject())).verdict).toBe('reject');
    const later = open({ ...env, RISK_SERVICE_STAGE: 'async' });
    expect((await later.assessor.assess(riskSubject())).verdict).toBe('approve');
    // Afterwards nobody is alarmed because the service is away.
    expect(await later.later?.withService?.assessFully(riskSubject())).toMatchObject({
      verdict: { verdict: 'approve' },
      settled: false,
    });
    await Promise.all([before.close(), later.close()]);
  });

  describe('with rules in a file', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'risk-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const written = (text: string) => {
      const file = join(folder, 'rules.json');
      writeFileSync(file, text);
      return { RISK_RULES_FILE: file };
    };

    it('judges by them', async () => {
      const { assessor } = open(written('[{"rule":"currency","only":["USD"]}]'));
      expect((await assessor.assess(riskSubject())).verdict).toBe('review');
    });

    it('refuses a faulty, a missing and a second list with a sentence', () => {
      expect(() => open(written('[{"rule":"currency"}]'))).toThrow(
        'RISK_RULES_FILE (at 0) needs one of only and not.',
      );
      expect(() => open(written('['))).toThrow('RISK_RULES_FILE (at its top) must be valid JSON.');
      expect(() => open({ RISK_RULES_FILE: join(folder, 'none') })).toThrow(
        'RISK_RULES_FILE must name a file that can be read.',
      );
      expect(() => open({ ...written('[]'), RISK_RULES: '[]' })).toThrow('can not both be set');
    });
  });
});
