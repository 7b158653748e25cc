/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['apps', 'libs', 'projections', 'scripts', 'bench', 'chaos', 'docs/examples'].map(
    (it) => `<rootDir>/${it}`,
  ),
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // A bound against hanging, not a measure: engines start slowly on a machine that does other things as well.
  testTimeout: 60_000,
  transform: {
    '^.+\\.ts$': '@swc/jest',
  },
};

export default config;
