import { z } from 'zod';

const AMOUNT_MAX = 10n ** 17n;
const AMOUNT_EXPECTED = 'must be a whole number of minor units from 1 to 10^17';
const NAMES_TAKEN = new Set(['books', 'health', 'metrics']);
const CARD_DIGITS = /\d(?:[ -]?\d){12,18}/g;

/** Minor units, as a decimal string or as an integer that JSON keeps exact. */
export const amountShape = z
  .union([z.string().regex(/^[1-9]\d{0,17}$/), z.int().min(1)], AMOUNT_EXPECTED)
  .transform(BigInt)
  .refine((amount) => amount <= AMOUNT_MAX, AMOUNT_EXPECTED);

export const currencyShape = z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters');

export const paymentIdShape = identifier(128);
export const keyShape = identifier(255);
export const referenceShape = identifier(64);

/** Tokens only. A text with a card number in it is refused before anything keeps it, and never told back. */
export const tokenShape = z
  .string('must be a token')
  .regex(/^[a-z]{2,8}_[A-Za-z0-9_-]{1,120}$/, 'must be a token such as tok_approve')
  .refine((token) => !holdsCardNumber(token), 'must be a token, not a card number');

export const gatewayNameShape = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be lower-case letters, digits, _ and -, at most 32')
  .refine((name) => !NAMES_TAKEN.has(name), 'is a name that the simulator needs itself');

const SECRET_EXPECTED = 'must be 16 to 256 characters';
export const webhookEndpointShape = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  secret: z.string(SECRET_EXPECTED).min(16, SECRET_EXPECTED).max(256, SECRET_EXPECTED),
});

/** One sentence for the first thing that is wrong. */
export function sentenceOf(error: z.ZodError | undefined, whole = 'the body'): string {
  const issue = error?.issues[0];
  if (issue === undefined) return `${whole} is not valid.`;
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return `${path === '' ? whole : path} has fields that are not known.`;
  }
  const where = path === '' ? whole : path;
  return /^(must|is)\b/.test(issue.message)
    ? `${where} ${issue.message}.`
    : `${where} is missing or of a wrong type.`;
}

function identifier(lengthMax: number) {
  const expected = `must be 1 to ${lengthMax} plain characters`;
  return z
    .string(expected)
    .max(lengthMax, expected)
    .regex(/^[A-Za-z0-9._:-]+$/, expected);
}

function holdsCardNumber(text: string): boolean {
  return (text.match(CARD_DIGITS) ?? []).some((run) => passesLuhn(run.replaceAll(/\D/g, '')));
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
