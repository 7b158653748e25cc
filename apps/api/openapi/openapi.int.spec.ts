import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
