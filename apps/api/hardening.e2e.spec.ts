import {
  PROTOTYPE_TOUCHED,
  prototypeWatch,
  startDescribedInstallation,
  type DescribedInstallation,
} from '../../libs/testing/described-api/described-installation.js';
import {
  makeKnownValues,
  REVIEW_ABOVE,
  type KnownValues,
} from '../../libs/testing/described-api/known-values.js';
import { answersAsDescribed } from './hardening/described-answers.contract.js';
import { refusesNastyBodies } from './hardening/nasty-bodies.contract.js';
import { keepsSecretsToItself } from './hardening/secrets.contract.js';
import { keepsTextsOutOfSql } from './hardening/sql-texts.contract.js';
import { keepsTenantsApart } from './hardening/tenants.contract.js';

const START_TIMEOUT_MS = 90_000;
/** Another one makes other inputs: HARDENING_SEED=7. */
const SEED = Number(process.env['HARDENING_SEED'] ?? 20_261_122);

describe('an installation against whatever comes', () => {
  let system: DescribedInstallation;
  let known: KnownValues;
  beforeAll(async () => {
    system = await startDescribedInstallation({
      LOG_LEVEL: 'debug',
      NODE_OPTIONS: prototypeWatch(),
      GATEWAY_TIMEOUT_MS: '2000',
      REQUEST_TIMEOUT_MS: '2000',
      RISK_REVIEW_ABOVE: String(REVIEW_ABOVE),
    });
    known = await makeKnownValues(system);
  }, START_TIMEOUT_MS);
  afterAll(() => system?.close(), START_TIMEOUT_MS);

  describe('answers as it is described', () => {
    answersAsDescribed({ seed: SEED, system: () => system, known: () => known });
  });
  describe('takes no body that is not plain', () => {
    refusesNastyBodies(() => system);
  });

  describe('keeps merchants and roles apart', () => {
    keepsTenantsApart(() => system);
  });

  describe('takes no text for SQL', () => {
    keepsTextsOutOfSql(
      () => system,
      () => known,
    );
  });

  describe('keeps secrets to itself', () => {
    keepsSecretsToItself(() => system);
  });

  it('I-38: stops in order, with no prototype touched in any process', async () => {
    const { installation } = system;
    expect(await installation.stop()).toBe(0);
    expect(installation.output()).not.toContain(PROTOTYPE_TOUCHED);
  });
});
