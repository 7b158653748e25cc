import { z } from 'zod';
import type { RiskSubject } from './risk-assessor.js';
import { listValues } from './rule-fields.js';
import { tokenFingerprint } from './velocity-keys.js';

/** What block and allow lists look at; tokens, IP and e-mail addresses are listed by their hashes. */
export const LISTED = ['customer', 'token', 'ip', 'email', 'country'] as const;
export type Listed = (typeof LISTED)[number];

export const listSettings = z.strictObject({
  of: z.enum(LISTED, `must be one of ${LISTED.join(', ')}`),
  values: listValues,
});

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
