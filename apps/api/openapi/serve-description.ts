import type { FastifyInstance } from 'fastify';
import { JSON_CONTENT_TYPE } from '../http/send-json.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './openapi-document.js';

/** `/openapi.json` and a page that shows it; both need no key. */
export function serveDescription(fastify: FastifyInstance): void {
  const document = openApiDocument();
  const json = JSON.stringify(document);
  const page = docsPage(document);
  fastify.get('/openapi.json', (_request, reply) => {
    void reply.header('content-type', JSON_CONTENT_TYPE).send(json);
  });
  fastify.get('/docs', (_request, reply) => {
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(page);
  });
}
