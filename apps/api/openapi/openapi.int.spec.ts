import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startTestApi } from '../../../libs/testing/api-harness.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './openapi-document.js';

const LINT_TIMEOUT_MS = 60_000;

describe('the description of the API', () => {
  it('is committed as the code says it', () => {
    const committed = readFileSync('docs/openapi.json', 'utf8');
    expect(`${JSON.stringify(openApiDocument(), null, 2)}\n`).toBe(committed);
  });

  it(
    'lints clean with the recommended rules',
    () => {
      const args = ['node_modules/@redocly/cli/bin/cli.js', 'lint', 'docs/openapi.json'];
      const env = {
        ...process.env,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      };
      const { stdout } = spawnSync(process.execPath, [...args, '--format=json'], {
        encoding: 'utf8',
        env,
      });
      const { totals, problems } = JSON.parse(stdout) as { totals: object; problems: unknown[] };
      expect(problems).toEqual([]);
      expect(totals).toMatchObject({ errors: 0, warnings: 0 });
    },
    LINT_TIMEOUT_MS,
  );

  it('names every route that is mounted, and no other', async () => {
    const health = { readiness: [] };
    const { app } = await startTestApi({ health });
    const tree: string = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    await app.close();
    const { paths } = openApiDocument() as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routesIn(tree).sort()).toEqual([...described, ...OPEN_TO_ALL].sort());
  });

  it('names every schema that it points to', () => {
    const document = openApiDocument();
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)];
    for (const [, name] of named) expect(Object.keys(schemas)).toContain(name);
  });

  it('is shown on a page that loads nothing from elsewhere', () => {
    const page = docsPage(openApiDocument());
    expect(page).toContain('/v1/payments/{id}/capture');
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\//);
  });
});

/** Without a key, and not described: they describe the API, or stand on loopback alone. */
const OPEN_TO_ALL = ['/openapi.json', '/docs', '/health/live', '/health/ready', '/metrics'].map(
  (path) => `GET ${path}`,
);

/** From Fastify's drawing: each level is four characters deep. HEAD comes with GET. */
function routesIn(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, branch, path = '', methods = ''] = /^([│ ├└─]*)(\/\S+) \((.+)\)$/.exec(line) ?? [];
    if (branch === undefined) return [];
    above.length = branch.length / 4 - 1;
    const whole = above.join('') + path;
    above.push(path);
    const named = methods.split(', ').filter((method) => method !== 'HEAD');
    return named.map((method) => `${method} ${whole.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
}
