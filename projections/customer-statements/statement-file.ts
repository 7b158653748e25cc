import { z } from 'zod';
import { signedView, STATEMENT_CSV, STATEMENT_LINE_KINDS, type Statement } from './statement.js';

/** The text is no statement that was given out; says what is wrong with it. */
export class NoStatement extends Error {
  readonly code = 'NO_STATEMENT';
}

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
const position = z.string().regex(/^log_[0-9a-f]{1,64}\.[0-9a-f]{32}$/, 'must be a position');
const count = z.int().min(0);
const instant = z.iso.datetime({ precision: 3 });
const amount = z
  .union([z.int(), z.string().regex(/^-?\d{1,40}$/)], 'must be an amount in minor units')
  // One way to write each amount, whichever way the file has it.
  .transform((written) => signedView(BigInt(written)));

const proofFields = {
  log_id: z.string(),
  from: position,
  to: position,
  opening_events: count,
  opening_hash: hash,
  events: count,
  hash,
};
const scopeFields = {
  merchant_id: z.string().nullable(),
  customer_id: z.string(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency'),
};

const statementSchema = z.strictObject({
  ...scopeFields,
  from: instant.nullable(),
  to: instant.nullable(),
  opening_balance: amount,
  lines: z.array(
    z.strictObject({
      at: instant,
      payment_id: z.string(),
      revision: count,
      kind: z.enum(STATEMENT_LINE_KINDS),
      amount,
      balance: amount,
    }),
  ),
  closing_balance: amount,
  proof: z.strictObject(proofFields),
});

const csvProof = z.strictObject({ ...scopeFields, ...proofFields });

/** A statement as the API gave it, JSON or CSV. @throws NoStatement */
export function readStatement(text: string): Statement {
  const bare = text.replace(/^\uFEFF/, '').trim();
  if (bare === '') throw new NoStatement('the file is empty');
  return bare.startsWith('{') ? fits(statementSchema, parsed(bare), 'the statement') : ofCsv(bare);
}

const HEADER = STATEMENT_CSV.map(({ name }) => name).join(',');

function ofCsv(text: string): Statement {
  const [header, ...rows] = csvRows(text);
  if (header?.join(',') !== HEADER) {
    throw new NoStatement(`it is neither JSON nor CSV with the columns ${HEADER}`);
  }
  const [opening, closing] = [rows.at(0), rows.at(-1)];
  if (rows.length < 2 || opening?.[2] !== 'opening' || closing?.[2] !== 'closing') {
    throw new NoStatement('it has no opening line at its top and no closing line at its end');
  }
  const odd = [opening, ...rows.slice(1)].find((cells) => cells.length !== header.length);
  if (odd !== undefined) throw new NoStatement(`the line ${odd.join(',')} has other columns`);
  const { merchant_id, customer_id, currency, ...proof } = fits(
    csvProof,
    parsed(closing[6] ?? ''),
    'the proof in the closing line',
  );
  const document = {
    merchant_id,
    customer_id,
    currency,
    from: opening[0] || null,
    to: closing[0] || null,
    opening_balance: opening[4],
    lines: rows.slice(1, -1).map(([at, paymentId, kind, moved, balance, revision]) => ({
      at,
      payment_id: paymentId,
      revision: Number(revision || Number.NaN),
      kind,
      amount: moved,
      balance,
    })),
    closing_balance: closing[4],
    proof,
  };
  return fits(statementSchema, document, 'the statement');
}

/** A text in front of a colon is a name: a string before one can't be anything else. */
const NAME = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

function parsed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NoStatement('it holds JSON that does not parse');
  }
  // Of a name that stands twice JSON keeps the last value, people may read the first.
  const written = [...text.matchAll(NAME)].filter(([, colon]) => colon !== undefined).length;
  if (written !== namesIn(value)) throw new NoStatement('a name stands twice in one object of it');
  return value;
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + namesIn(child), own);
}

function fits<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw new NoStatement(
    `${path === '' ? what : `${what} (at ${path})`}: ${issue?.message ?? 'does not fit'}`,
  );
}

/** Cells of RFC 4180 text. @throws NoStatement */
function csvRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (cell.lastIndex < text.length || cell.lastIndex === 0) {
    const found = cell.exec(text);
    if (found === null) throw new NoStatement('a quote in it is not closed');
    const [, quoted, plain = '', end] = found;
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') rows.push([]);
  }
  return rows;
}
