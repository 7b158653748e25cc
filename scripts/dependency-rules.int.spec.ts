import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** Breaks every rule once: [rule, file, what it imports]. */
const BROKEN: readonly [rule: string, file: string, imported: string][] = [
  ['payments-are-pure', 'libs/payments/clocked.ts', '../platform/clock.js'],
  ['payments-are-pure', 'libs/payments/hashed.ts', 'node:crypto'],
  ['payments-are-pure', 'libs/payments/stored.ts', 'pg'],
  ['money-is-pure', 'libs/money/rounded.ts', '../payments/payment.js'],
  ['eventstoredb-client-at-home', 'libs/event-store/postgres/store.ts', '@eventstore/db-client'],
  ['kafka-at-home', 'libs/event-store/relay.ts', 'kafkajs'],
  ['redis-at-home', 'apps/api/cache.ts', 'ioredis'],
  ['libs-know-no-apps', 'libs/platform/wiring.ts', '../../apps/api/main.js'],
  ['libs-know-no-apps', 'projections/wiring.ts', '../apps/api/main.js'],
  ['apps-know-no-apps', 'apps/api/simulate.ts', '../gateway-simulator/main.js'],
  ['workers-compose-subscribers-only', 'apps/workers/serve.ts', '../api/main.js'],
  ['projecting-is-pure', 'projections/audit/project.ts', './query.js'],
  ['projecting-reaches-no-engine', 'projections/money/project.ts', '../runner/pooled.js'],
  ['api-reads-projections-by-their-query', 'apps/api/peek.ts', '../../projections/audit/rows.js'],
  ['testing-is-for-specs', 'libs/platform/faked.ts', '../testing/fakes.js'],
  ['nobody-knows-what-stands-beside', 'libs/platform/measured.ts', '../../bench/load.js'],
  ['nobody-knows-what-stands-beside', 'apps/api/killed.ts', '../../chaos/kill.js'],
  ['no-development-packages-in-what-runs', 'apps/api/checked.ts', 'fast-check'],
  ['no-circles', 'libs/platform/circle-back.ts', './circle.js'],
  ['everything-resolves', 'libs/platform/missing.ts', './nowhere.js'],
];

/** Near misses: allowed, though they look like one of the above. */
const ALLOWED: readonly [file: string, imported: string][] = [
  ['libs/payments/payment.ts', '../money/money.js'],
  ['libs/platform/circle.ts', './circle-back.js'], // the circle is reported once, at its other end
  ['libs/payments/payment.spec.ts', '../testing/fakes.js'],
  ['chaos/main.ts', '../apps/gateway-simulator/main.js'],
  ['libs/event-store/eventstoredb/store.ts', '@eventstore/db-client'],
  ['libs/messaging/kafka/publisher.ts', 'kafkajs'],
  ['libs/locking/redlock/lock.ts', 'ioredis'],
  ['libs/gateways/simulator/gateway.int.spec.ts', '../../../apps/gateway-simulator/main.js'],
  ['apps/workers/main.ts', '../projector/main.js'],
  ['apps/api/main.ts', '../../projections/audit/query.js'],
  ['projections/runner/pooled.ts', 'pg'],
  ['projections/sums/project.ts', '../runner/rows.js'],
  ['projections/history/project.ts', '../../libs/event-store/event-store.js'],
];

const PLAIN = [
  'bench/load.ts',
  'chaos/kill.ts',
  'libs/money/money.ts',
  'libs/platform/clock.ts',
  'libs/testing/fakes.ts',
  'libs/event-store/event-store.ts',
  'apps/gateway-simulator/main.ts',
  'apps/projector/main.ts',
  'projections/audit/query.ts',
  'projections/runner/rows.ts',
  'projections/audit/rows.ts',
];

describe('dependency rules', () => {
  const tree = mkdtempSync(join(tmpdir(), 'tillstream-rules-'));
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('report each broken import under its rule, and nothing else', () => {
    const dependencies = ['pg', '@eventstore/db-client', 'kafkajs', 'ioredis'];
    write('package.json', JSON.stringify(manifest(dependencies)));
    for (const name of [...dependencies, 'fast-check']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'export const it = 1;');
    }
    for (const file of PLAIN) write(file, 'export const it = 1;');
    for (const [file, imported] of ALLOWED)
      write(file, `import '${imported}'; export const it = 1;`);
    for (const [, file, imported] of BROKEN) {
      write(file, `import '${imported}'; export const it = 1;`);
    }

    const reported = violations();

    expect(reported.toSorted()).toEqual(
      BROKEN.map(([rule, file]) => `${rule}: ${file}`).toSorted(),
    );
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }

  function manifest(names: readonly string[]): object {
    return {
      type: 'module',
      dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
      devDependencies: { 'fast-check': '1.0.0' },
    };
  }

  function violations(): string[] {
    const tool = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = join(ROOT, '.dependency-cruiser.cjs');
    const folders = ['apps', 'libs', 'projections', 'bench', 'chaos'];
    const args = [tool, '--config', config, '--output-type', 'json', ...folders];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
    if (stdout === '') throw new Error(`dependency-cruiser said nothing but: ${stderr}`);
    const report = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string }; from: string }[] };
    }; // reason: the tool's documented output
    return report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  }
});
