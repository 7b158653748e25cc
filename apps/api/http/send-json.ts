import type { FastifyReply } from 'fastify';

export const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

/** Serialised here, once: Fastify would look for a schema. */
export function sendJson(reply: FastifyReply, body: unknown, status = 200): void {
  reply.code(status).header('content-type', JSON_CONTENT_TYPE);
  void reply.send(JSON.stringify(body));
}

/** Whether the caller would rather have CSV: names it, and not with q=0. */
export function wantsCsv(accept: string | undefined): boolean {
  const [, parameters] = /(?:^|,)\s*text\/csv\s*((?:;[^,]*)?)(?:,|$)/i.exec(accept ?? '') ?? [];
  return parameters !== undefined && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(parameters);
}

export function sendCsv(reply: FastifyReply, csv: string, fileName: string): void {
  reply.code(200).header('content-type', 'text/csv; charset=utf-8; header=present');
  reply.header('content-disposition', `attachment; filename="${fileName}"`);
  void reply.send(csv);
}
