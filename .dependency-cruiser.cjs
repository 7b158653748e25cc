/**
 * Who may import whom. Each rule is broken once on purpose in scripts/dependency-rules.int.spec.ts.
 * Specs, contract suites and libs/testing may reach further than what runs.
 */
const TESTING = '\\.spec\\.ts$|\\.contract\\.ts$|^libs/testing/';
const NPM = '^node_modules/';

/** One home for a driver: nobody else knows that it exists. */
function onlyFrom(name, home, packages) {
  return {
    name,
    severity: 'error',
    from: { pathNot: `^${home}` },
    to: { path: `${NPM}(${packages.join('|')})(/|$)` },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'payments-are-pure',
      comment: 'libs/payments knows itself and money; no package, no Node module.',
      severity: 'error',
      from: { path: '^libs/payments/', pathNot: TESTING },
      to: { pathNot: '^libs/(payments|money)/' },
    },
    {
      name: 'money-is-pure',
      severity: 'error',
      from: { path: '^libs/money/', pathNot: TESTING },
      to: { pathNot: '^libs/money/' },
    },
    onlyFrom('eventstoredb-client-at-home', 'libs/event-store/eventstoredb/', [
      '@eventstore/db-client',
      '@kurrent/kurrentdb-client',
    ]),
    onlyFrom('kafka-at-home', 'libs/messaging/kafka/', ['kafkajs']),
    onlyFrom('redis-at-home', 'libs/locking/redlock/', ['ioredis', 'redlock']),
    {
      name: 'libs-know-no-apps',
      severity: 'error',
      from: { path: '^(libs|projections)/', pathNot: TESTING },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-know-no-apps',
      comment: 'Only workers composes: projector, processor and verifier in one process.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: `${TESTING}|^apps/workers/` },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'workers-compose-subscribers-only',
      severity: 'error',
      from: { path: '^apps/workers/', pathNot: TESTING },
      to: {
        path: '^apps/',
        pathNot: '^apps/(workers|projector|relay|processor|verifier|notifier|settler)/',
      },
    },
    {
      name: 'projecting-is-pure',
      comment:
        'Event in, statements out: the words of payments, of what risk counts, and of the log, what projections share, its own folder but for the query.',
      severity: 'error',
      from: { path: '^projections/([^/]+)/project\\.ts$' },
      to: {
        pathNot:
          '^libs/(payments|money)/|^libs/event-store/event-store\\.ts$|^libs/risk/velocity-(keys|counter)\\.ts$|^projections/[^/]+\\.ts$|^projections/runner/|^projections/$1/(?!query\\.ts)',
      },
    },
    {
      name: 'projecting-reaches-no-engine',
      comment: 'Nor may what it imports lead to one.',
      severity: 'error',
      from: { path: '^projections/([^/]+)/project\\.ts$' },
      to: {
        reachable: true,
        path: `${NPM}(pg|undici|@eventstore)/|^libs/platform/postgres|^libs/event-store/(postgres|eventstoredb)/`,
      },
    },
    {
      name: 'api-reads-projections-by-their-query',
      severity: 'error',
      from: { path: '^apps/api/', pathNot: TESTING },
      to: { path: '^projections/[^/]+/', pathNot: '/query\\.ts$' },
    },
    {
      name: 'testing-is-for-specs',
      severity: 'error',
      from: { pathNot: TESTING },
      to: { path: TESTING },
    },
    {
      name: 'nobody-knows-what-stands-beside',
      comment: 'What measures and what kills is built beside the house, and is no part of it.',
      severity: 'error',
      from: { pathNot: `${TESTING}|^(bench|chaos)/` },
      to: { path: '^(bench|chaos)/' },
    },
    {
      name: 'no-development-packages-in-what-runs',
      severity: 'error',
      from: { path: '^(apps|libs|projections)/', pathNot: TESTING },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: `${NPM}@types/` },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.build)/|/\\.built/' },
    // TypeScript 7 has no parser to offer; swc reads the same sources that it builds.
    parser: 'swc',
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
