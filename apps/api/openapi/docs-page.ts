import type { Json } from './json-schema.js';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Json };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Json }>
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
}

interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** The description as one page that loads nothing else. */
export function docsPage(openApi: Json): string {
  // Made by our own generator, with these members.
  const document = openApi as unknown as Document;
  const { info, tags, components } = document;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${escape(info.title)} API</h1>
<p>${escape(info.description)}</p>
<p>The same as a document for machines: <a href="/openapi.json">/openapi.json</a>. Every request needs the header
<code>Authorization: Bearer tsk_...</code>.</p>
<nav>${tags.map(({ name }) => `<a href="#${name}">${name}</a>`).join(' ')} <a href="#schemas">Schemas</a></nav>
${tags.map((tag) => section(tag, document)).join('\n')}
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(schemaBlock).join('\n')}
</body></html>
`;
}

function section(tag: Document['tags'][number], document: Document): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag.name))
      .map(([method, operation]) => operationBlock(method, path, operation)),
  );
  return `<h2 id="${tag.name}">${tag.name}</h2><p>${escape(tag.description)}</p>${operations.join('')}`;
}

function operationBlock(method: string, path: string, operation: Operation): string {
  const { requestBody, responses, parameters } = operation;
  const rows = Object.entries(responses).map(
    ([status, { description, content }]) =>
      `<tr><td>${status}</td><td>${marked(description)}</td><td>${linkTo(content)}</td></tr>`,
  );
  return `<details id="${operation.operationId}"><summary><b>${method.toUpperCase()}</b> <code>${escape(path)}</code>
${escape(operation.summary)}</summary><p>${marked(operation.description)}</p>
${parameters.length === 0 ? '' : `<table><tr><th>Parameter</th><th>In</th><th></th></tr>${parameters.map(parameterRow).join('')}</table>`}
${requestBody === undefined ? '' : `<p>Body: ${linkTo(requestBody.content)}</p>`}
<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>${rows.join('')}</table></details>`;
}

function parameterRow({ name, in: place, required, description = '' }: Parameter): string {
  const need = required ? 'Required. ' : '';
  return `<tr><td><code>${escape(name)}</code></td><td>${place}</td><td>${need}${marked(description)}</td></tr>`;
}

function schemaBlock([name, schema]: [string, Json]): string {
  return `<details id="schema-${name}"><summary><code>${name}</code></summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`;
}

/** Links to every schema that the content names. */
function linkTo(content: Json | undefined): string {
  const names = JSON.stringify(content ?? {}).matchAll(/#\/components\/schemas\/(\w+)/g);
  return [...names].map(([, name]) => `<a href="#schema-${name}">${name}</a>`).join(', ');
}

function marked(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;background:#f5f5f5;padding:1rem}
details{border-top:1px solid #ddd;padding:.4rem 0}summary{cursor:pointer}table{border-collapse:collapse;width:100%;margin:.5rem 0}
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-top:1px solid #eee}nav a{margin-right:1rem}`;
