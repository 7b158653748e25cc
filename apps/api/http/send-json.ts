import type { FastifyReply } from 'fastify';

export const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';

/** Serialised here, once: Fastify would look for a schema. */
export function sendJson(reply: FastifyReply, body: unknown, status = 200): void {
  sendJsonText(reply, JSON.stringify(body), status);
}

/** What is JSON already. */
export function sendJsonText(reply: FastifyReply, text: string, status = 200): void {
  reply.code(status).header('content-type', JSON_CONTENT_TYPE);
  void reply.send(text);
}

/**
 * Whether the caller prefers CSV to JSON (RFC 9110, 12.5.1): its weight is higher, or equal and CSV is named. Where CSV
 * is not mentioned the answer is JSON.
 */
export function wantsCsv(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = rangesOf(accept);
  const csv = preference(ranges, ['text/csv', 'text/*']);
  if (csv === null || csv === 0) return false;
  return csv >= (preference(ranges, ['application/json', 'application/*', '*/*']) ?? 0);
}

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** Media ranges with their weights; a weight that can not be read counts as none given. */
function rangesOf(accept: string): ReadonlyMap<string, number> {
  return new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weights = parameters.flatMap((parameter) => WEIGHT.exec(parameter)?.[1] ?? []);
      return [type, Number(weights[0] ?? 1)];
    }),
  );
}

/** The weight of the most specific range; null: none of them is named. */
function preference(ranges: ReadonlyMap<string, number>, types: readonly string[]): number | null {
  for (const type of types) {
    const weight = ranges.get(type);
    if (weight !== undefined) return weight;
  }
  return null;
}

export function sendCsv(reply: FastifyReply, csv: string, fileName: string): void {
  reply.code(200).header('content-type', 'text/csv; charset=utf-8; header=present');
  reply.header('content-disposition', `attachment; filename="${fileName}"`);
  void reply.send(csv);
}
