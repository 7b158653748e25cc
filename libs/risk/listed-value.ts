import { z } from 'zod';
import type { RiskSubject } from './risk-assessor.js';
import { listValues } from './rule-fields.js';
import { tokenFingerprint } from './velocity-keys.js';

/** What block and allow lists look at; tokens, IP and e-mail addresses are listed by their hashes. */
const LISTED = ['customer', 'token', 'ip', 'email', 'country'] as const;
export type Listed = (typeof LISTED)[number];

export const listSettings = z
  .strictObject({
    of: z.enum(LISTED, `must be one of ${LISTED.join(', ')}`),
    values: listValues,
  })
  .superRefine(({ of, values }, context) => {
    const form = FORMS[of];
    if (form === undefined || [...values].every((value) => form.pattern.test(value))) return;
    context.addIssue({ code: 'custom', message: form.expected, path: ['values'] });
  });

/** What a value written otherwise would never equal: a list of such would find nobody, and say nothing. */
const FORMS: { readonly [of in Listed]?: { readonly pattern: RegExp; readonly expected: string } } =
  {
    country: {
      pattern: /^[A-Z]{2}$/,
      expected: 'must hold country codes of ISO 3166-1 alpha-2, such as FR',
    },
    token: {
      pattern: /^[0-9a-f]{64}$/,
      expected: 'must hold the lower-case hex SHA-256 of tokens',
    },
  };

/** The subject's value for a list; null: it has none. */
export function listedValue(of: Listed, subject: RiskSubject): string | null {
  switch (of) {
    case 'customer':
      return subject.customerId;
    case 'token':
      return tokenFingerprint(subject.paymentMethod.token);
    case 'ip':
      return subject.customerIpHash;
    case 'email':
      return subject.customerEmailHash;
    case 'country':
      return subject.paymentMethod.country;
  }
}
